import { JsonSyntaxError, validateJson } from '../../../../../lib/json/scan.js';
import { encodeString } from '../../../../../lib/json/splice.js';
import type { RawJson, Span } from '../../../../../lib/json/types.js';
import { decodedText, kindOfAnswer, readMediaType } from './answer-kinds.js';
import type { MediaType } from './answer-kinds.js';

/** What an API has answered: plain data. */
export interface ApiAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** The body as it was, unpacked; of an error perhaps its beginning alone. */
  readonly body: Uint8Array;
  readonly isCut: boolean;
  /** Header fields that are shown where there is no body: those of a HEAD. */
  readonly shown: readonly (readonly [string, string])[];
}

export interface AnsweredTool {
  readonly name: string;
  /** Whether each result must be an object. */
  readonly hasOutput: boolean;
}

/** Shown of the body of an error, in bytes. */
export const mostOfError = 16_384;
/** A message holds it three levels deeper. */
const maxDepth = 500;
const openBrace = 0x7b;

/** The `CallToolResult` for an answer. Numbers in it stay the digits that the API sent. */
export function renderAnswer(answer: ApiAnswer, tool: AnsweredTool): RawJson {
  const { status, shown } = answer;
  if (status >= 300) return failed(refusalText(answer));
  if (answer.body.length === 0) {
    const fields = shown.map(([name, value]) => `\n${name}: ${value}`).join('');
    const text = `HTTP ${status}${fields || ', without content'}`;
    return tool.hasOutput
      ? failed(`${text}, where an object was promised; it was carried out`)
      : result([text]);
  }
  const media = readMediaType(answer.contentType);
  const kind = kindOfAnswer(media);
  if (kind === 'json') return renderJson(answer, tool);
  if (tool.hasOutput) {
    return failed(
      `HTTP ${status}, but with ${media.type || 'no content type'} where a JSON object was promised`,
    );
  }
  if (kind === 'text') return renderText(answer, media);
  const data = Buffer.from(answer.body).toString('base64');
  if (kind !== 'binary') {
    return content([`{"type":"${kind}","data":"${data}","mimeType":${encodeString(media.type)}}`]);
  }
  const looksLikeText = media.type === '' ? decodedText(answer.body) : undefined;
  if (looksLikeText !== undefined && !looksLikeText.includes('\0')) return result([looksLikeText]);
  const type = media.type || 'application/octet-stream';
  const uri = encodeString(`api:///${tool.name}`);
  return content([
    `{"type":"resource","resource":{"uri":${uri},"mimeType":${encodeString(type)},"blob":"${data}"}}`,
  ]);
}

function renderJson({ status, body }: ApiAnswer, { hasOutput }: AnsweredTool): RawJson {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  let span: Span;
  try {
    span = validateJson(bytes, { maxDepth });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const text = decodedText(body.subarray(0, mostOfError)) ?? '';
    return failed(
      `HTTP ${status}, but its body is not the JSON that it is said to be (${error.message})\n${text}`,
    );
  }
  const text = encodeString(bytes.toString('utf8', span.start, span.end));
  const isObject = bytes[span.start] === openBrace;
  if (hasOutput && !isObject) {
    return Buffer.from(
      `{"content":[{"type":"text","text":"HTTP ${status}, but no object where one was promised"},{"type":"text","text":${text}}],"isError":true}`,
    );
  }
  const head = `{"content":[{"type":"text","text":${text}}]`;
  if (!isObject) return Buffer.from(`${head}}`);
  const structured = bytes.subarray(span.start, span.end);
  return Buffer.concat([Buffer.from(`${head},"structuredContent":`), structured, Buffer.from('}')]);
}

function renderText({ status, body }: ApiAnswer, { type, charset }: MediaType): RawJson {
  const text = decodedText(body, charset);
  if (text !== undefined) return result([text]);
  return failed(`HTTP ${status}, but its body is not ${type} in ${charset ?? 'utf-8'}`);
}

/** Redirects are not followed, and where they lead is not told; nor what was said of our credential. */
function refusalText({ status, contentType, body, isCut }: ApiAnswer): string {
  const line = `HTTP ${status}`;
  if (status < 400) return `${line}: a redirect, which is not followed`;
  if (status === 401 || status === 407)
    return `${line}: the API refused the credential of the gateway, or wants one`;
  const media = readMediaType(contentType);
  const kind = kindOfAnswer(media);
  if (body.length === 0 || (kind !== 'json' && kind !== 'text')) return line;
  const part = body.subarray(0, mostOfError);
  const text = new TextDecoder('utf-8', { fatal: false }).decode(part);
  const rest = isCut || part.length < body.length ? '\n(the rest is left out)' : '';
  return `${line}\n${text}${rest}`;
}

/** A result that says why there is none. */
export function failed(text: string): RawJson {
  return Buffer.from(`{"content":[{"type":"text","text":${encodeString(text)}}],"isError":true}`);
}

function result(texts: readonly string[]): RawJson {
  return content(texts.map((text) => `{"type":"text","text":${encodeString(text)}}`));
}

function content(blocks: readonly string[]): RawJson {
  return Buffer.from(`{"content":[${blocks.join(',')}]}`);
}
