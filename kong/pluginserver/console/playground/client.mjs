import { ask, messagesOf, textOf, Trouble } from './answers.mjs';
import { bearerChallenge, wantsProof } from './challenge.mjs';

const newest = '2025-11-25';
const withoutSessions = '2026-07-28';
const versionRefused = -32022;
const info = { name: 'kong-mcp-playground', version: '1' };
const mostPages = 50;
const mostTools = 5_000;
const refusalBytes = 65_536;
/** For all but calls, in milliseconds. */
const answerMs = 30_000;

/**
 * One endpoint as its visitor's client: over Streamable HTTP, with a session, or without where the
 * endpoint serves no version that has them. It can nothing that a server could ask for.
 */
export class Client {
  #fetch;
  #url;
  #token;
  #session;
  #version;
  #id = 0;

  /** @param token the visitor's own; undefined asks without */
  constructor(url, token, fetcher) {
    this.#fetch = fetcher;
    this.#url = url;
    this.#token = token;
  }

  /** The version that is spoken, once it is open. */
  get version() {
    return this.#version;
  }

  /** Answers what the endpoint says of itself. @throws Trouble */
  async open() {
    const hello = { protocolVersion: newest, capabilities: {}, clientInfo: info };
    const signal = AbortSignal.timeout(answerMs);
    try {
      const { result, answer } = await this.#ask('initialize', hello, { signal });
      this.#session = answer.headers.get('mcp-session-id') ?? undefined;
      this.#version = String(result.protocolVersion ?? newest);
      await this.#tell('notifications/initialized');
      return result;
    } catch (error) {
      if (!speaksWithout(error)) throw error;
      this.#version = withoutSessions;
      return (await this.#ask('server/discover', {}, { signal })).result;
    }
  }

  /** All tools that the visitor may see, and whether there are more than this page takes. */
  async tools() {
    const tools = [];
    let cursor;
    for (let page = 0; page < mostPages; page++) {
      const signal = AbortSignal.timeout(answerMs);
      const params = cursor === undefined ? {} : { cursor };
      const { result } = await this.#ask('tools/list', params, { signal });
      tools.push(...(Array.isArray(result.tools) ? result.tools.filter(isTool) : []));
      cursor = typeof result.nextCursor === 'string' ? result.nextCursor : undefined;
      if (cursor === undefined || tools.length > mostTools) break;
    }
    return { tools: tools.slice(0, mostTools), more: cursor !== undefined };
  }

  /**
   * Calls a tool. `json` are its arguments as JSON text, which is sent as it is, so that no number
   * loses digits; `noticed` is told of what comes before the result.
   */
  async call(name, json, { signal, noticed }) {
    const meta = { progressToken: this.#id + 1 };
    const tail = { name, argumentsJson: json, meta };
    const { result } = await this.#ask('tools/call', tail, { signal, noticed });
    return result;
  }

  /** Ends the session at the endpoint, as far as that can be said. */
  async close() {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    const headers = { ...this.#headers(), 'mcp-session-id': session };
    const signal = AbortSignal.timeout(answerMs);
    await this.#fetch(this.#url, {
      method: 'DELETE',
      headers,
      signal,
      credentials: 'omit',
      keepalive: true,
    }).catch(() => undefined);
  }

  /** The answer to one request. @throws Trouble */
  async #ask(method, params, { signal, noticed }) {
    const id = ++this.#id;
    const answer = await this.#post(this.#bodyOf(id, method, params), { signal, method, params });
    if (!answer.ok) throw await this.#refusal(answer);
    try {
      for await (const message of messagesOf(answer)) {
        if (message.id === id && ('result' in message || 'error' in message)) {
          if (message.error) throw new Trouble('rpc', { error: message.error, status: 200 });
          return { result: message.result ?? {}, answer };
        }
        noticed?.(message);
      }
    } catch (error) {
      // The server goes on with a call whose connection ends, unless it is told.
      if (error.code === 'cancelled') this.#cancel(id);
      throw error;
    }
    throw new Trouble('no_answer');
  }

  #cancel(requestId) {
    if (this.#version !== withoutSessions) {
      this.#tell('notifications/cancelled', { requestId }).catch(() => undefined);
    }
  }

  async #tell(method, params = {}) {
    if (this.#version === withoutSessions) return;
    const body = JSON.stringify({ jsonrpc: '2.0', method, params });
    const signal = AbortSignal.timeout(answerMs);
    const answer = await this.#post(body, { signal, method, params });
    if (!answer.ok) throw await this.#refusal(answer);
    await answer.body?.cancel();
  }

  #bodyOf(id, method, { argumentsJson, meta = {}, ...params }) {
    const _meta =
      this.#version === withoutSessions
        ? {
            ...meta,
            'io.modelcontextprotocol/protocolVersion': withoutSessions,
            'io.modelcontextprotocol/clientInfo': info,
            'io.modelcontextprotocol/clientCapabilities': {},
          }
        : meta;
    const known = Object.keys(_meta).length === 0 ? params : { ...params, _meta };
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params: known });
    if (argumentsJson === undefined) return text;
    // Before the two braces that end it.
    return `${text.slice(0, -2)},"arguments":${argumentsJson}}}`;
  }

  #headers() {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  #post(body, { signal, method, params }) {
    const headers = {
      ...this.#headers(),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    if (this.#session !== undefined) headers['mcp-session-id'] = this.#session;
    if (this.#version !== undefined) headers['mcp-protocol-version'] = this.#version;
    if (this.#version === withoutSessions) {
      headers['mcp-method'] = method;
      if (params.name !== undefined) headers['mcp-name'] = headerText(params.name);
    }
    return ask(this.#fetch, this.#url, { method: 'POST', headers, body, signal });
  }

  async #refusal(answer) {
    const { status, headers } = answer;
    const body = await textOf(answer, refusalBytes).catch(() => '');
    const said = parse(body);
    const header = headers.get('www-authenticate');
    return new Trouble('refused', {
      status,
      challenge: bearerChallenge(header),
      proof: wantsProof(header),
      retryAfter: headers.get('retry-after') ?? undefined,
      error: said?.error !== null && typeof said?.error === 'object' ? said.error : undefined,
      body: body.slice(0, 2_000),
      hadToken: this.#token !== undefined,
      hadSession: this.#session !== undefined,
    });
  }
}

const isTool = (tool) => tool !== null && typeof tool === 'object' && typeof tool.name === 'string';

function speaksWithout(error) {
  const said = error.facts?.error;
  const supported = said?.code === versionRefused ? said.data?.supported : undefined;
  return Array.isArray(supported) && supported.includes(withoutSessions);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Text that a header cannot carry goes as the revision of 2026-07-28 writes it. */
function headerText(text) {
  if (/^[!-~](?:[ -~]*[!-~])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text)) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${btoa(String.fromCharCode(...bytes))}?=`;
}
