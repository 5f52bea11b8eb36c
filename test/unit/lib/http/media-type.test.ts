import { describe, expect, it } from 'vitest';
import {
  acceptsEventStream,
  acceptsJson,
  parseMediaType,
} from '../../../../lib/http/media-type.js';

describe('parseMediaType', () => {
  it.each([
    ['application/json', 'application/json', {}],
    ['Application/JSON', 'application/json', {}],
    [' application/json ; Charset=UTF-8 ', 'application/json', { charset: 'UTF-8' }],
    ['application/json;charset="utf-8"', 'application/json', { charset: 'utf-8' }],
    ['text/plain; a="x;y, \\"z\\""; b=1', 'text/plain', { a: 'x;y, "z"', b: '1' }],
    ['application/json;', 'application/json', {}],
    ['application/json;;a=1', 'application/json', { a: '1' }],
    ['application/vnd.x+json', 'application/vnd.x+json', {}],
  ])('reads %s', (text, type, params) => {
    const media = parseMediaType(text);
    expect(media?.type).toBe(type);
    expect(Object.fromEntries(media!.params)).toEqual(params);
  });

  it.each([
    '',
    'json',
    'application/',
    '/json',
    'application/json, text/plain',
    'application/json x',
    'application json',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8; Charset=utf-7',
    'application/json; charset = utf-8',
    'application/json\u0000',
    'application/jsön',
  ])('refuses %j', (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  it('takes time that grows with the length of a hostile value', () => {
    const begun = performance.now();
    parseMediaType(`a/b${';'.repeat(200_000)}x`);
    parseMediaType(`a/b;x="${'\\'.repeat(200_001)}`);
    parseMediaType(`a/b${' '.repeat(200_000)}x`);
    acceptsJson(`${'a/b;c="d",'.repeat(20_000)}`);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('acceptsJson and acceptsEventStream', () => {
  it.each([
    [undefined, true, true],
    ['*/*', true, true],
    ['application/json', true, false],
    ['text/event-stream', false, true],
    ['application/json, text/event-stream', true, true],
    ['text/event-stream;q=0.5 , APPLICATION/JSON', true, true],
    ['application/*', true, false],
    ['text/*', false, true],
    ['text/html', false, false],
    ['', false, false],
    ['application/json;q=0, */*', false, true],
    ['application/json;q=0.000, application/*;q=1', false, false],
    ['*/*;q=0, text/event-stream', false, true],
    ['text/*;q=0, */*', true, false],
    ['application/json;q=0.001', true, false],
    ['application/json;q=2', false, false],
    ['application/json;q=x', false, false],
    ['application/json;charset=utf-8', true, false],
    ['application/jsonx, text/event-stream-x', false, false],
    ['x-application/json', false, false],
    ['text/html;x="application/json, text/event-stream"', false, false],
  ])('reads %j', (accept, json, stream) => {
    expect([acceptsJson(accept), acceptsEventStream(accept)]).toEqual([json, stream]);
  });
});
