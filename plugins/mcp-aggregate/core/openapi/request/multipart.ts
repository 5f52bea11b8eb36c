import { ArgumentError } from './argument-error.js';
import { bytesOf } from './base64.js';
import type { FieldPlan } from './request-plan.js';
import type { Value } from './values.js';

interface Part {
  readonly name: string;
  readonly filename?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly content: Buffer;
}

/** A field with its value, and the bytes that the value was written with. */
export interface GivenField {
  readonly plan: Omit<FieldPlan, 'argument'> & { readonly argument: string };
  readonly value: Value;
  readonly raw: Buffer;
}

const mediaType =
  /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}(; ?[a-z0-9-]+=[a-z0-9_.+-]+)*$/i;

/**
 * A `multipart/form-data` body (RFC 7578).
 * @param boundary that no part can hold: random
 * @throws ArgumentError
 */
export function multipartBody(fields: readonly GivenField[], boundary: string): Buffer {
  const chunks: Buffer[] = [];
  for (const part of fields.flatMap(partsOf)) {
    const filename = part.filename === undefined ? '' : `; filename="${part.filename}"`;
    const type = part.mediaType === undefined ? '' : `Content-Type: ${part.mediaType}\r\n`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${filename}\r\n${type}\r\n`;
    chunks.push(Buffer.from(head), part.content, Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}

function partsOf({ plan, value, raw }: GivenField): Part[] {
  const name = quotable(plan.argument, plan.name);
  if (value.kind === 'null') return [];
  if (plan.kind === 'file') {
    const files = value.kind === 'list' ? value.items : [value];
    return files.map((file) => filePart(plan, name, file));
  }
  if (plan.kind === 'json' || value.kind === 'map') {
    return [{ name, mediaType: plan.mediaType ?? 'application/json', content: raw }];
  }
  const items = value.kind === 'list' ? value.items : [value];
  return items.map((item) => {
    if (item.kind !== 'text') throw new ArgumentError(plan.argument, 'holds a value inside a list');
    return { name, mediaType: plan.mediaType, content: Buffer.from(item.text) };
  });
}

function filePart(plan: GivenField['plan'], name: string, value: Value): Part {
  const { argument } = plan;
  const isPlain = value.kind === 'text';
  const member = (key: string): Value | undefined =>
    value.kind === 'map' ? value.members.find(([one]) => one === key)?.[1] : undefined;
  const text = (key: string): string | undefined => {
    const found = member(key);
    return found?.kind === 'text' ? found.text : undefined;
  };
  const content = bytesOf(argument, isPlain ? value : member('data'));
  const given = text('mediaType') ?? plan.mediaType ?? 'application/octet-stream';
  if (!mediaType.test(given)) throw new ArgumentError(argument, 'has a mediaType that is none');
  return {
    name,
    filename: quotable(argument, text('filename') ?? 'file'),
    mediaType: given,
    content,
  };
}

/** Parsers differ on escapes there, so nothing that needs one is sent. */
function quotable(argument: string, text: string): string {
  if (!/["\\\x00-\x1f\x7f\p{Cs}]/u.test(text) && text.length <= 255) return text;
  throw new ArgumentError(
    argument,
    'has a name with quotes, backslashes or control characters, or too long a one',
  );
}
