import { createHash } from 'node:crypto';
import { log } from '../../../../lib/log.js';
import { sharedBytes } from '../../../../lib/off-thread/shared-bytes.js';
import { WorkerPool } from '../../../../lib/off-thread/worker-pool.js';
import type { ConvertOptions } from '../../core/openapi/convert-document.js';
import type { AnsweredTool, ApiAnswer } from '../../core/openapi/answer/render-answer.js';
import type { ApiResults, ApiTask } from './tasks.js';

const common = {
  script: new URL('./worker.js', import.meta.url),
  idleMs: 300_000,
  maxHeapMb: 768,
};
/** The largest public documents take a few seconds. */
const convertMs = 30_000;
/**
 * An honest check takes less than a millisecond, its schema some tens once, and the start of a thread
 * on a busy machine a second or two.
 */
const checkMs = 5_000;

/** A smaller document in JSON costs less to read here than a thread costs to start. */
const hereBytes = 16_384;
const openBrace = 0x7b;

/** A schema, ready to be checked against. */
export interface CheckedSchema {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Work on other threads for APIs, which documents and arguments may make as long as they like (design
 * D12). Documents have a thread of their own, so that a hostile one holds up no call.
 */
export class ApiWork {
  readonly #documents = new WorkerPool({
    ...common,
    maxWorkers: 1,
    deadlineMs: convertMs,
    idleMs: 10_000,
  });
  readonly #calls = new WorkerPool({
    ...common,
    maxWorkers: 2,
    deadlineMs: checkMs,
    onStart: () => log('info', 'api_thread_started'),
  });

  /** @throws WorkerLost where it took too long or too much memory; WorkerUnavailable; WorkFailed */
  async convert(text: Buffer, options: ConvertOptions): Promise<ApiResults['convert']> {
    if (text.length <= hereBytes && text[0] === openBrace) {
      const { convertTask } = await import('./convert-task.js');
      return convertTask(text, options);
    }
    const shared = plain(await sharedBytes([text]));
    return (await this.#documents.run(() =>
      task({ op: 'convert', text: shared, options }),
    )) as ApiResults['convert'];
  }

  /** What is wrong with arguments. @throws as `convert` */
  async check({ key, bytes }: CheckedSchema, given: string): Promise<readonly string[]> {
    return (await this.#calls.run(() =>
      task({ op: 'check', key, schema: bytes, given }),
    )) as ApiResults['check'];
  }

  /** As `renderAnswer`, for a body so large that it would hold up others. @throws as `convert` */
  async render(answer: ApiAnswer, tool: AnsweredTool): Promise<Buffer> {
    const body = plain(
      await sharedBytes([
        Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.length),
      ]),
    );
    const made = await this.#calls.run(() =>
      task({ op: 'render', answer: { ...answer, body }, tool }),
    );
    const { buffer, byteOffset, length } = made as Uint8Array;
    return Buffer.from(buffer, byteOffset, length);
  }

  async close(): Promise<void> {
    await Promise.all([this.#documents.close(), this.#calls.close()]);
  }
}

/** The one of this process; no thread is started before it is needed. */
export const apiWork = new ApiWork();

/** Bytes of a schema that all threads see. */
export function checkedSchema(text: string): CheckedSchema {
  const key = createHash('sha256').update(text).digest('base64url');
  const shared = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(text)));
  shared.write(text);
  return { key, bytes: plain(shared) };
}

/** A Buffer would arrive as what it is made of. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function task(one: ApiTask): ApiTask {
  return one;
}
