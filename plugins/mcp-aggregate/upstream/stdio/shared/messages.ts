import type { Failure } from '../../../core/calls/call.js';
import type { ServerSaid } from '../../../core/calls/upstream-port.js';
import type { ResultPlaces } from '../../../core/eras/result-places.js';
import type { Spoken } from './child-line.js';
import type { ToldError } from '../../failure/told-error.js';

/**
 * What a worker says to the one that runs a child. `k` names a request on this stream; params travel
 * beside it as they are.
 */
export type ToHost =
  | { readonly t: 'open' }
  | { readonly t: 'begin'; readonly k: number; readonly method: string }
  | { readonly t: 'cancel'; readonly k: number; readonly reason: string }
  | { readonly t: 'end'; readonly k: number };

/** And the other way. */
export type FromHost =
  | (Spoken & {
      readonly t: 'opened';
      readonly offered: readonly string[];
      readonly said: ServerSaid | undefined;
      readonly fresh: boolean;
    })
  | { readonly t: 'refused'; readonly error: ToldError }
  | { readonly t: 'note'; readonly k: number; readonly method: string }
  | { readonly t: 'done'; readonly k: number; readonly places?: ResultPlaces | undefined }
  /** A server's own error travels beside it. */
  | { readonly t: 'answered'; readonly k: number }
  | { readonly t: 'fail'; readonly k: number; readonly failure: LocalFailure }
  | { readonly t: 'gone'; readonly why: string };

export type LocalFailure = Extract<Failure, { readonly kind: 'local' }>;
