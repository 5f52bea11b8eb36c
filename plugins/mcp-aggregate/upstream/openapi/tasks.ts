import type { ConvertOptions } from '../../core/openapi/convert-document.js';
import { ArgumentChecks } from '../../core/openapi/check/argument-checks.js';
import { renderAnswer } from '../../core/openapi/answer/render-answer.js';
import type { AnsweredTool, ApiAnswer } from '../../core/openapi/answer/render-answer.js';
import { convertTask } from './convert-task.js';
import type { ConvertResult } from './convert-task.js';

/** Work on documents, arguments and large answers of APIs, as it is sent to a worker. */
export type ApiTask =
  | { readonly op: 'convert'; readonly text: Uint8Array; readonly options: ConvertOptions }
  | {
      readonly op: 'check';
      readonly key: string;
      /** JSON text. */
      readonly schema: Uint8Array;
      readonly given: string;
    }
  | { readonly op: 'render'; readonly answer: ApiAnswer; readonly tool: AnsweredTool };

export interface ApiResults {
  readonly convert: ConvertResult;
  readonly check: readonly string[];
  readonly render: Uint8Array;
}

const checks = new ArgumentChecks();

/** Does the work of a task, on whichever thread. */
export function runApiTask<T extends ApiTask>(task: T): ApiResults[T['op']];
export function runApiTask(task: ApiTask): ApiResults[ApiTask['op']] {
  switch (task.op) {
    case 'convert':
      return convertTask(task.text, task.options);
    case 'check': {
      const schema = () => Buffer.from(task.schema).toString();
      return checks.faults(task.key, schema, JSON.parse(task.given));
    }
    case 'render':
      return new Uint8Array(renderAnswer(task.answer, task.tool));
  }
}
