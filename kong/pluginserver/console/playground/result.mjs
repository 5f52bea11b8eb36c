import { h } from '../dom.mjs';
import { pill } from '../words.mjs';
import { jsonText } from './form.mjs';

/** Formats that hold pixels and nothing else: no SVG. */
const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const mostImageChars = 12_000_000;
const mostParts = 200;
const mostChars = 200_000;

/** The result of a call, each part of it as text or as a picture. */
export function resultOf(result, milliseconds) {
  const parts = Array.isArray(result.content) ? result.content : [];
  const failed = result.isError === true;
  return [
    h(
      'p',
      null,
      failed ? pill('bad', 'the tool says that it failed') : pill('good', 'done'),
      h('span', { class: 'note' }, ` in ${Math.round(milliseconds)} ms`),
    ),
    parts.slice(0, mostParts).map((part, at) => partOf(part, at)),
    parts.length > mostParts && h('p', { class: 'note' }, `and ${parts.length - mostParts} more`),
    result.structuredContent !== undefined && [
      h('h4', null, 'Structured content'),
      pre(jsonText(result.structuredContent, 2)),
    ],
    parts.length === 0 &&
      result.structuredContent === undefined &&
      h('p', { class: 'note' }, 'Its result is empty.'),
    h(
      'details',
      { key: 'raw' },
      h('summary', null, 'The whole result as JSON'),
      pre(jsonText(result, 2)),
    ),
  ];
}

function partOf(part, at) {
  const key = `part ${at}`;
  switch (part?.type) {
    case 'text':
      return h('div', { key, class: 'part' }, pre(String(part.text)));
    case 'image':
      return h('div', { key, class: 'part' }, imageOf(part));
    case 'resource':
      return h('div', { key, class: 'part' }, resourceOf(part.resource ?? {}));
    case 'resource_link':
      return h(
        'div',
        { key, class: 'part' },
        h('h4', null, 'Link to a resource'),
        pre([part.name, part.uri, part.description].filter(Boolean).join('\n')),
      );
    default:
      return h('div', { key, class: 'part' }, binary(part?.type, part?.mimeType, part?.data));
  }
}

function imageOf({ mimeType, data }) {
  const source = pictureOf(mimeType, data);
  return source === undefined
    ? binary('image', mimeType, data)
    : h('img', { src: source, alt: 'Picture in the result' });
}

/** A data URL that can only be a picture; undefined where it could be anything else. */
export function pictureOf(mimeType, data) {
  const plain = images.has(mimeType) && typeof data === 'string';
  if (!plain || data.length > mostImageChars || !base64.test(data)) return undefined;
  return `data:${mimeType};base64,${data}`;
}

function resourceOf({ uri, mimeType, text, blob }) {
  return [
    h('h4', null, `Resource ${String(uri)}`),
    typeof text === 'string' ? pre(text) : binary('resource', mimeType, blob),
  ];
}

function binary(type, mimeType, data) {
  const size = typeof data === 'string' ? `, ${Math.round(data.length * 0.75)} bytes` : '';
  const kind = mimeType === undefined ? '' : ` of type ${String(mimeType)}`;
  return h('p', { class: 'note' }, `${String(type)}${kind}${size}: not shown here`);
}

function pre(text) {
  const cut =
    text.length > mostChars
      ? `${text.slice(0, mostChars)}\n… ${text.length - mostChars} more characters`
      : text;
  return h('pre', { tabindex: '0' }, cut);
}
