import { parse as parseYaml } from 'yaml';
import { JsonSyntaxError, validateJson } from '../../../../../lib/json/scan.js';
import { DocumentError } from './document-error.js';
import { isObject } from './json-object.js';
import type { JsonObject } from './json-object.js';

/** Largest document in bytes; the largest public ones have about 10 MiB. */
export const maxDocumentBytes = 16_777_216;
/** YAML takes some twenty times as long to read as JSON. */
const maxYamlBytes = 8_388_608;
const maxDepth = 128;
const maxNodes = 2_000_000;
/** How often anchors may be repeated in all: by a few dozen bytes a text can ask for gigabytes. */
const maxAliases = 1_000;

/**
 * Reads an OpenAPI or Swagger document, JSON or YAML, within bounds of size, depth and count.
 * References are left as they are: nothing is fetched or opened here.
 * @throws DocumentError
 */
export function parseDocument(text: string): JsonObject {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxDocumentBytes) {
    throw new DocumentError(`the document has more than ${maxDocumentBytes} bytes`);
  }
  const isJson = /^\uFEFF?\s*[{[]/.test(text);
  const value = isJson ? readJson(text.replace(/^\uFEFF/, '')) : readYaml(text, bytes);
  if (!isObject(value)) throw new DocumentError('the document is not an object');
  checkShape(value);
  return value;
}

function readJson(text: string): unknown {
  try {
    validateJson(Buffer.from(text), { maxDepth });
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new DocumentError(`it is not JSON: ${error.message}`);
    throw error;
  }
}

function readYaml(text: string, bytes: number): unknown {
  if (bytes > maxYamlBytes) {
    throw new DocumentError(
      `in YAML it may have ${maxYamlBytes} bytes at most: convert it to JSON`,
    );
  }
  try {
    return parseYaml(text, { maxAliasCount: maxAliases, logLevel: 'error' });
  } catch (error) {
    const [line = 'unreadable'] = error instanceof Error ? error.message.split('\n') : [];
    throw new DocumentError(`it is not YAML: ${line.slice(0, 200)}`);
  }
}

/** An anchor may be repeated inside of what it names, so that walking would have no end. */
function checkShape(document: JsonObject): void {
  let level: unknown[] = [document];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new DocumentError(`it is nested more than ${maxDepth} levels deep`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const member of Object.values(value)) {
        if (++nodes > maxNodes) throw new DocumentError(`it has more than ${maxNodes} values`);
        if (typeof member === 'object' && member !== null) next.push(member);
      }
    }
    level = next;
  }
}
