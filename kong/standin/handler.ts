import type { FieldSpec } from '../../schema/fields.js';
import type { Plugin } from './declarative.js';
import type { Exchange } from './exchange.js';

/** A plugin as the gateway runs it; a phase that is absent does nothing. */
export interface Handler {
  readonly priority: number;
  /** True for a look-alike of one of Kong's own plugins. */
  readonly bundled: boolean;
  /** Schema of the `config` record. */
  readonly config: FieldSpec;
  access?(exchange: Exchange, plugin: Plugin): void | Promise<void>;
  /** Runs before the answer's headers leave. */
  headers?(exchange: Exchange, plugin: Plugin): void;
  log?(exchange: Exchange, plugin: Plugin): void;
}
