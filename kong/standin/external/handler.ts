import type { Exchange } from '../exchange.js';
import type { HandlerInfo } from './handler-info.js';
import type { Plugin } from '../model.js';

/** A plugin as the gateway runs it; a phase that is absent does nothing. */
export interface Handler extends HandlerInfo {
  access?(exchange: Exchange, plugin: Plugin): void | Promise<void>;
  /** Runs before the answer's headers leave. */
  headers?(exchange: Exchange, plugin: Plugin): void;
  log?(exchange: Exchange, plugin: Plugin): void;
}
