import { DocumentError } from './document-error.js';
import { isObject, own, textAt } from './json-object.js';
import type { JsonObject } from './json-object.js';

/** References to references followed. */
const mostHops = 16;
const mostShown = 120;

/**
 * What a local reference points to (RFC 6901, in a URI fragment).
 * @throws DocumentError where it leads out of the document, or to nothing
 */
export function valueAt(document: JsonObject, reference: string): unknown {
  if (!/^#(\/|$)/.test(reference)) {
    throw new DocumentError(
      `it refers to ${shown(reference)}: only references within the document are followed`,
    );
  }
  let value: unknown = document;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = unescape(part);
    if (Array.isArray(value))
      value = /^(0|[1-9]\d{0,8})$/.test(key) ? value[Number(key)] : undefined;
    else value = own(value, key);
    if (value === undefined) throw new DocumentError(`${shown(reference)} leads to nothing`);
  }
  return value;
}

/**
 * An object as it stands, or the one that it refers to.
 * @throws DocumentError for what is no object, and for references that go round
 */
export function resolved(document: JsonObject, value: unknown): JsonObject {
  let current = value;
  for (let hops = 0; hops <= mostHops; hops++) {
    if (!isObject(current)) throw new DocumentError('something in it is no object');
    const reference = textAt(current, '$ref');
    if (reference === undefined) return current;
    current = valueAt(document, reference);
  }
  throw new DocumentError('its references lead round in a circle');
}

function unescape(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // It is meant as it stands, then.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function shown(text: string): string {
  return JSON.stringify(text.length > mostShown ? `${text.slice(0, mostShown)}…` : text);
}
