import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kongPath } from '../../../../lib/http/kong-path.js';
import { ArgumentError } from '../../../../plugins/mcp-aggregate/core/openapi/request/argument-error.js';
import {
  buildRequest,
  givenArguments,
} from '../../../../plugins/mcp-aggregate/core/openapi/request/build-request.js';
import type { ApiRequest } from '../../../../plugins/mcp-aggregate/core/openapi/request/build-request.js';
import { toolOf } from '../../../support/openapi/convert.js';
import { alternating, readPath, readQuery } from '../../../support/openapi/read-back.js';
import type { Form, ReadBack } from '../../../support/openapi/read-back.js';
import { howOften } from '../../../support/thorough.js';

const numRuns = howOften(300, 5_000);
const awkward = [
  '',
  '.',
  '..',
  '/',
  '../..',
  '%2f',
  '%2e%2e',
  '%00',
  '\0',
  '\r\nX-Evil: 1',
  'a&other=evil',
  'a=b',
  'a;b',
  'a,b',
  'a|b',
  'a b',
  ' a ',
  '?',
  '#',
  '+',
  '[]',
  '\u00fcn\u00ef',
  '\ud83d\ude00',
  '__proto__',
  '"',
  "'",
  '\\',
  'other',
  'null',
  '0',
  '%',
  '*',
  '(',
  'a.b',
  '\u2028',
  '\u0085',
  '\u00a0',
];
const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'/.%;,=&?#[]|+ \r\n\0\t"ab'), maxLength: 8 }),
);
const values: Readonly<Record<Form, fc.Arbitrary<ReadBack>>> = {
  text,
  list: fc.array(text, { maxLength: 4 }),
  map: fc
    .uniqueArray(fc.tuple(text, text), { maxLength: 4, selector: ([key]) => key })
    .map((pairs) => Object.fromEntries(pairs) as Record<string, string>),
};
const forms: readonly Form[] = ['text', 'list', 'map'];

/** The request for `p`, beside a parameter of the same place; or why there is none. */
function requestOf(plan: ReturnType<typeof planOf>, value: ReadBack): ApiRequest | ArgumentError {
  const raw = Buffer.from(JSON.stringify({ p: value, other: 'own' }));
  try {
    return buildRequest(plan, givenArguments(raw, new Map()), 'boundary');
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
}

function planOf(place: string, style: string, explode: boolean, more: object = {}) {
  const path = place === 'path' ? '/v/{p}/end' : '/v';
  const p = {
    name: 'p',
    in: place,
    required: place === 'path',
    style,
    explode,
    schema: {},
    ...more,
  };
  const other = { name: 'other', in: place === 'path' ? 'query' : place, schema: {} };
  return toolOf({ parameters: [p, other], responses: {} }, { path }).plan;
}

function textsOf(value: ReadBack): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value : Object.entries(value).flat();
}

/** Whatever the check answers, it is what it throws that counts. */
function sent(form: Form, check: (value: ReadBack) => unknown) {
  return fc.property(values[form], (value) => {
    check(value);
  });
}

const isEmpty = (value: ReadBack) => typeof value !== 'string' && textsOf(value).length === 0;
const styles = (place: string, names: readonly string[]) =>
  names.flatMap((style) =>
    [false, true].flatMap((explode) => forms.map((form) => [place, style, explode, form] as const)),
  );

describe('a value in the path', () => {
  it.each(styles('path', ['simple', 'label', 'matrix']))(
    '%s, %s, explode %s: %s',
    (place, style, explode, form) => {
      const plan = planOf(place, style, explode);
      const divides = style === 'label' && explode && form !== 'text';
      fc.assert(
        sent(form, (value) => {
          const request = requestOf(plan, value);
          if (request instanceof ArgumentError) {
            const texts = textsOf(value);
            const refusable =
              texts.some((one) => one.includes('\0') || (divides && one.includes('.'))) ||
              texts.every((one) => /^\.{0,2}$/.test(one));
            expect(refusable).toBe(true);
            return;
          }
          const read = new URL(request.path, 'http://api');
          expect([read.pathname, read.search, request.query]).toEqual([
            request.path,
            '',
            'other=own',
          ]);
          expect(
            kongPath(request.path)
              .split('/')
              .filter((one) => one === '..' || one === '.'),
          ).toEqual([]);
          if (!isEmpty(value)) expect(readPath(request, style, explode, form)).toEqual(value);
        }),
        { numRuns },
      );
    },
  );
});

describe('a value in the query', () => {
  const all = styles('query', ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject']);

  it.each(all)('%s, %s, explode %s: %s', (place, style, explode, form) => {
    for (const more of [{}, { allowReserved: true }]) {
      const plan = planOf(place, style, explode, more);
      fc.assert(
        sent(form, (value) => {
          const request = requestOf(plan, value);
          if (request instanceof ArgumentError)
            return expect(isRefusable(value, style, form)).toBe(true);
          const read = readQuery(request.query, style, explode, form);
          expect(read.others).toEqual(['own']);
          expect(request.query).toMatch(/^[^#\s\0-\x1f]*$/);
          if (isEmpty(value)) expect(request.query).toBe('other=own');
          else expect(read.value).toEqual(value);
        }),
        { numRuns },
      );
    }
  });

  function isRefusable(value: ReadBack, style: string, form: Form): boolean {
    const texts = textsOf(value);
    if (style === 'spaceDelimited' && texts.some((one) => one.includes(' '))) return true;
    if (style === 'pipeDelimited' && texts.some((one) => one.includes('|'))) return true;
    if (form !== 'map') return false;
    return Object.keys(value).some((key) =>
      style === 'deepObject' ? key === '' || /[[\]]/.test(key) : key === 'other',
    );
  }
});

describe('a value in a header', () => {
  it.each(styles('header', ['simple']))('%s, %s, explode %s: %s', (place, style, explode, form) => {
    const plan = planOf(place, style, explode);
    fc.assert(
      sent(form, (value) => {
        const request = requestOf(plan, value);
        if (request instanceof ArgumentError)
          return expect(isRefusable(value, form, explode)).toBe(true);
        expect(request.headers['other']).toBe('own');
        const field = request.headers['p'];
        if (isEmpty(value)) return expect(field).toBeUndefined();
        expect(field).toMatch(/^[\x20-\x7e\x80-\xff]*$/);
        const text = Buffer.from(field!, 'latin1').toString();
        expect(readField(text, form, explode)).toEqual(value);
      }),
      { numRuns },
    );
  });

  function readField(sent: string, form: Form, explode: boolean): ReadBack {
    if (form === 'text') return sent;
    const parts = sent.split(',');
    if (form === 'list') return parts;
    if (!explode) return alternating(parts);
    return Object.fromEntries(
      parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
    );
  }

  function isRefusable(value: ReadBack, form: Form, explode: boolean): boolean {
    const divides = form === 'text' ? /^$a/ : form === 'map' && explode ? /[,=]/ : /,/;
    const joined = textsOf(value);
    return joined.some(
      (one) => /[\0-\x1f\x7f]/.test(one) || one !== one.trim() || divides.test(one),
    );
  }
});

describe('a value in a cookie', () => {
  it.each(styles('cookie', ['form', 'cookie']))(
    '%s, %s, explode %s: %s',
    (place, style, explode, form) => {
      const plan = planOf(place, style, explode);
      const decode = style === 'cookie' ? (one: string) => one : decodeURIComponent;
      fc.assert(
        sent(form, (value) => {
          const request = requestOf(plan, value);
          if (request instanceof ArgumentError) {
            return expect(style === 'cookie' || (form === 'map' && explode)).toBe(true);
          }
          const cookies = request.headers['cookie']!.split('; ').map((pair) => {
            const at = pair.indexOf('=');
            return [pair.slice(0, at), pair.slice(at + 1)] as const;
          });
          expect(request.headers['cookie']).toMatch(/^[\x21-\x7e]+(; [\x21-\x7e]+)*$/);
          expect(cookies.filter(([name]) => name === 'other')).toEqual([['other', 'own']]);
          const own = cookies.filter(([name]) => name !== 'other');
          if (isEmpty(value)) return expect(own).toEqual([]);
          if (form === 'text') return expect(decode(own[0]![1])).toBe(value);
          if (form === 'map' && explode) {
            return expect(Object.fromEntries(own.map(([key, one]) => [key, decode(one)]))).toEqual(
              value,
            );
          }
          const all = explode
            ? own.map(([, one]) => decode(one))
            : own[0]![1].split(',').map(decode);
          expect(form === 'list' ? all : alternating(all)).toEqual(value);
        }),
        { numRuns },
      );
    },
  );
});
