import { LRUCache } from 'lru-cache';
import { McpError } from '../../../../lib/errors/errors.js';
import { namesOnce } from '../../../../lib/json/names-once.js';
import type { RawJson } from '../../../../lib/json/types.js';
import {
  WorkerLost,
  WorkerUnavailable,
  WorkFailed,
} from '../../../../lib/off-thread/worker-pool.js';
import { tooCostly } from '../failure/failures.js';
import type { ArgumentChecks } from '../../core/openapi/check/argument-checks.js';
import type { ServedTool } from './api-document.js';
import { apiWork } from './api-work.js';

/** Members that the arguments of one call may have in all. */
const mostMembers = 50_000;
/** Whose check has taken too long waits so long before the next one of that tool, in milliseconds. */
const costlyMs = 60_000;
const mostCostly = 10_000;

/** Longer arguments are not checked here. */
const mostHere = 65_536;

type Check = typeof apiWork.check;

let straight: ArgumentChecks | undefined;

/** Those of this thread, loaded when they are first needed. */
async function straightChecks(): Promise<ArgumentChecks> {
  const module = await import('../../core/openapi/check/argument-checks.js');
  return (straight ??= new module.ArgumentChecks());
}

/**
 * Checks of the arguments for one server, one after another: a document under which checking is dear
 * takes one thread at most, and who has found that out does not take it again and again.
 */
export class ServerChecks {
  readonly #server: string;
  readonly #check: Check;
  readonly #costly = new LRUCache<string, true>({ max: mostCostly, ttl: costlyMs });
  #last: Promise<void> = Promise.resolve();

  /** @param check as that of `ApiWork` */
  constructor(server: string, check: Check = (schema, given) => apiWork.check(schema, given)) {
    this.#server = server;
    this.#check = check;
  }

  /**
   * What is wrong with arguments, fit for the model that gave them; nothing where they fit.
   * @param holder who calls
   * @throws McpError `upstream_too_large` where checking takes too long, `upstream_unavailable` where
   *   nothing can be checked: then nothing is sent
   */
  async faults(tool: ServedTool, raw: RawJson, holder = ''): Promise<readonly string[]> {
    // The API may read the one where the check has read the other.
    if (!namesOnce(raw, mostMembers)) {
      return ['arguments: a name stands twice in an object, or there are too many'];
    }
    if (tool.isStraight && raw.length <= mostHere) {
      const { key, bytes } = tool.schema;
      const checks = straight ?? (await straightChecks());
      return checks.faults(key, () => Buffer.from(bytes).toString(), JSON.parse(raw.toString()));
    }
    const who = `${tool.name} ${holder}`;
    const before = this.#last;
    let leave = (): void => undefined;
    this.#last = new Promise((resolve) => (leave = resolve));
    await before;
    try {
      if (this.#costly.has(who)) throw this.#tooCostly(tool);
      return await this.#check(tool.schema, raw.toString());
    } catch (error) {
      if (error instanceof WorkerLost) {
        this.#costly.set(who, true);
        throw this.#tooCostly(tool);
      }
      const isOurs = error instanceof WorkFailed || error instanceof WorkerUnavailable;
      throw isOurs ? this.#unchecked(tool) : error;
    } finally {
      leave();
    }
  }

  #tooCostly({ name }: ServedTool): McpError {
    return tooCostly(this.#server, `a document whose schema of ${name} makes arguments`);
  }

  #unchecked({ name }: ServedTool): McpError {
    const message = `the arguments of ${name} cannot be checked against the document of server ${this.#server}`;
    return new McpError('upstream_unavailable', message, { server: this.#server, state: 'ready' });
  }
}
