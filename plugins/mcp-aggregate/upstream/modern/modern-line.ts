import { decodeString, findMember, eachItem } from '../../../../lib/json/members.js';
import { lastNamed } from '../../../../lib/json/named-members.js';
import { McpError } from '../../../../lib/errors.js';
import type { Hold } from '../../../../lib/held/held-bytes.js';
import type { RawJson } from '../../../../lib/json/types.js';
import { begin } from '../../../../lib/flow/under-way.js';
import type { ServerConfig } from '../../config/config.js';
import { answerOf } from '../conversation/answer.js';
import type { CallScope } from '../call/call-scope.js';
import type { CallEvent } from '../../core/calls/call.js';
import type { Exchange } from '../conversation/exchange.js';
import { protocolBroken } from '../failure/failures.js';
import { discard } from '../http/requests/http-endpoint.js';
import type { HttpEndpoint } from '../http/requests/http-endpoint.js';
import { messagesOf } from '../http/answers/read-answer.js';
import { requestFailure } from '../http/requests/request-failure.js';
import { statusFailure } from '../http/answers/status.js';
import { largeBytes } from '../large/large-json.js';
import { Peer } from '../conversation/peer.js';
import { modernHeaders, modernParams, spokenVersion } from './modern-params.js';
import type { CallMeta } from './modern-params.js';

/** Errors of modern servers come with these statuses, and count as answers (H7, H8, H10). */
const answering: ReadonlySet<number> = new Set([200, 400, 404]);

/** Of a version, escapes included. */
const longestVersion = 128;
const capabilityNames = ['tools', 'prompts', 'resources', 'logging', 'completions', 'tasks'];

/** Requests to a server that keeps no sessions: each stands alone (2026-07-28, transports). */
export class ModernLine {
  readonly #server: ServerConfig;
  readonly #endpoint: Pick<HttpEndpoint, 'request'>;
  readonly #peer: Peer;

  constructor(server: ServerConfig, endpoint: Pick<HttpEndpoint, 'request'>) {
    this.#server = server;
    this.#endpoint = endpoint;
    this.#peer = new Peer(server.name, () => {});
  }

  /**
   * Names of the capabilities that the server has; undefined where it does not speak the version.
   * @throws McpError `upstream_*` where the server gave no answer that could decide
   */
  async discover(scope: CallScope): Promise<ReadonlySet<string> | undefined> {
    const meta: CallMeta = { capabilities: undefined, logLevel: undefined };
    const events = this.send('server/discover', undefined, meta, scope);
    try {
      const result = await answerOf(this.#server.name, 'server/discover', events);
      return offeredBy(result);
    } catch (error) {
      const refused = error instanceof McpError && error.code === 'upstream_protocol';
      if (refused) return undefined;
      throw error;
    }
  }

  /** Sends one request; what belongs to it comes back, its end last. */
  async *send(
    method: string,
    params: RawJson | undefined,
    meta: CallMeta,
    scope: CallScope,
    hold?: Hold,
  ): AsyncGenerator<CallEvent, void, undefined> {
    const exchange = this.#peer.begin(method, modernParams(params, meta));
    exchange.hold = hold;
    const remove = scope.onEnd((reason) => exchange.fail(reason));
    try {
      void this.#post(exchange);
      yield* exchange.events();
    } finally {
      remove();
      exchange.end();
    }
  }

  async #post(exchange: Exchange): Promise<void> {
    const { name, timeoutMs } = this.#server;
    try {
      const headers = modernHeaders(exchange.message);
      const { message, signal } = exchange;
      const answer = await this.#endpoint.request('POST', headers, message, signal);
      if (!answering.has(answer.statusCode)) {
        discard(answer);
        throw statusFailure(this.#server, answer.statusCode, answer.headers['retry-after']);
      }
      // What the server asks here is against the protocol (H17), so replies are not sent.
      for await (const received of messagesOf(this.#server, answer, { hold: exchange.hold })) {
        begin('server_message', this.#server.name);
        if (received.length > largeBytes) await this.#peer.receiveLarge(received, exchange);
        else this.#peer.receive(received, exchange);
        await exchange.room();
      }
      if (!exchange.settled) throw protocolBroken(name, 'ended its answer before the result');
    } catch (error) {
      exchange.fail(requestFailure(name, timeoutMs, error));
    }
  }
}

function offeredBy(result: RawJson): ReadonlySet<string> | undefined {
  const whole = { start: 0, end: result.length };
  const members = lastNamed(result, whole, 'supportedVersions', 'capabilities');
  const versions = findMember(members, 'supportedVersions');
  if (versions?.kind !== 'array') return undefined;
  let spoken = false;
  eachItem(result, versions.value, (start, end) => {
    const mayBe = result[start] === 0x22 && end - start <= longestVersion;
    spoken ||= mayBe && decodeString(result, { start, end }) === spokenVersion;
    return !spoken;
  });
  if (!spoken) return undefined;
  const declared = findMember(members, 'capabilities');
  const offered =
    declared?.kind === 'object' ? lastNamed(result, declared.value, ...capabilityNames) : [];
  return new Set(offered.map(({ key }) => key));
}
