import { McpError } from '../../../lib/errors/errors.js';
import { andThen } from '../../../lib/flow/eventual.js';
import type { Eventual } from '../../../lib/flow/eventual.js';
import type { KongPort } from '../../../lib/kong/kong-port.js';
import type { AggregateConfig } from '../config/config.js';
import type { Aggregator } from '../endpoint/aggregator.js';
import { admit } from './admit.js';
import type { Admission } from './admit.js';
import type { Facts } from './gather.js';
import { pass } from './pass.js';
import { refuse } from './refuse.js';

/** What few configurations ask for beside `Facts`. */
export interface MoreFacts {
  /** Whether Kong can send calls to servers itself. */
  readonly direct: boolean;
  /** Of the request, where some view goes by it. */
  readonly path?: string | undefined;
}

/** Lets a request pass to where it is served, or ends it with its error. */
export function decide(
  kong: KongPort,
  facts: Facts,
  { direct, path }: MoreFacts,
  config: AggregateConfig,
  aggregator: Aggregator,
): Eventual<void> {
  let admission: Admission | undefined;
  const refused = (error: unknown): Promise<void> => {
    if (!(error instanceof McpError)) throw error;
    aggregator.runtimes.find(config)?.tally.refused(error.code);
    return refuse(kong, error, admission);
  };
  try {
    const passed = andThen(admit(facts, config, aggregator, path), (admitted) => {
      admission = admitted;
      return pass(kong, admitted, config, aggregator, direct);
    });
    return passed instanceof Promise ? passed.catch(refused) : passed;
  } catch (error) {
    return refused(error);
  }
}
