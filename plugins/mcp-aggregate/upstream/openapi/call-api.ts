import { randomBytes } from 'node:crypto';
import { lastNamed } from '../../../../lib/json/named-members.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { WorkerLost } from '../../../../lib/off-thread/worker-pool.js';
import type { ServerConfig } from '../../config/config.js';
import type { Done } from '../../core/calls/call.js';
import { failed, renderAnswer } from '../../core/openapi/answer/render-answer.js';
import type { ApiAnswer } from '../../core/openapi/answer/render-answer.js';
import { ArgumentError } from '../../core/openapi/request/argument-error.js';
import { buildRequest, givenArguments } from '../../core/openapi/request/build-request.js';
import type { ApiRequest } from '../../core/openapi/request/build-request.js';
import type { Exchange } from '../conversation/exchange.js';
import type { HttpAnswer } from '../http/answers/take-answer.js';
import { largeBytes } from '../large/large-json.js';
import { tooCostly } from '../failure/failures.js';
import type { ServedTool } from './api-document.js';
import type { ApiEndpoint } from './api-endpoint.js';
import { apiWork } from './api-work.js';
import { readBody } from './read-body.js';
import type { ServerChecks } from './server-checks.js';

const noArguments: RawJson = Buffer.from('{}');
/** Shown where there is no body: what a HEAD is for. */
const shownHeaders = ['content-length', 'content-type', 'etag', 'last-modified', 'cache-control'];
/** What is wrong in the middle of the way, not with what was asked. */
const wayFails = 500;

export interface ApiCall {
  readonly server: ServerConfig;
  readonly tool: ServedTool;
  readonly params: RawJson | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly endpoint: ApiEndpoint;
  readonly exchange: Exchange;
  readonly checks: ServerChecks;
  readonly holder: string | undefined;
}

/**
 * Carries out one call. What is wrong with its arguments is said to the model, and nothing is sent
 * (server/tools, error handling); so is what the API answers, whatever its status.
 * @throws McpError `upstream_*` where there is no answer
 */
export async function callApi(call: ApiCall): Promise<Done> {
  const { server, tool, exchange } = call;
  const raw = argumentsOf(call.params);
  const faults = await call.checks.faults(tool, raw, call.holder);
  if (faults.length > 0) return refused(faults);
  let request: ApiRequest;
  try {
    request = buildRequest(tool.plan, givenArguments(raw, tool.given), boundary());
  } catch (error) {
    if (error instanceof ArgumentError) return refused([error.message]);
    throw error;
  }
  const { endpoint, headers } = call;
  const { signal } = exchange;
  const answer = await endpoint.send({ request, tool: tool.name, headers, signal });
  const { bytes, isCut } = await readBody(server, answer, exchange.hold);
  const way = answer.statusCode >= wayFails ? ({ way: 'failed' } as const) : {};
  return { type: 'done', result: await rendered(server, tool, answer, bytes, isCut), ...way };
}

function argumentsOf(params: RawJson | undefined): RawJson {
  if (params === undefined) return noArguments;
  const [member] = lastNamed(params, { start: 0, end: params.length }, 'arguments');
  if (member === undefined || member.kind === 'null') return noArguments;
  return params.subarray(member.value.start, member.value.end);
}

/** Says nothing of the API, which was not asked. */
function refused(faults: readonly string[]): Done {
  const text = `These arguments do not fit, so nothing was sent.\n${faults.join('\n')}`;
  return { type: 'done', result: failed(text), way: 'undecided' };
}

async function rendered(
  server: ServerConfig,
  tool: ServedTool,
  { statusCode, headers }: HttpAnswer,
  body: Buffer,
  isCut: boolean,
): Promise<RawJson> {
  const single = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const shown = shownHeaders.flatMap((name) => {
    const value = tool.plan.method === 'HEAD' ? single(name) : undefined;
    return value === undefined ? [] : [[name, value.slice(0, 256)] as const];
  });
  const contentType = single('content-type');
  const answer: ApiAnswer = { status: statusCode, contentType, body, isCut, shown };
  const answered = { name: tool.name, hasOutput: tool.hasOutput };
  if (body.length <= largeBytes) return renderAnswer(answer, answered);
  return apiWork.render(answer, answered).catch((error: unknown) => {
    if (error instanceof WorkerLost) throw tooCostly(server.name, 'an answer');
    throw error;
  });
}

function boundary(): string {
  return `mcp-${randomBytes(24).toString('base64url')}`;
}
