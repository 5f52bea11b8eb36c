import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { readMessage } from '../../../../lib/json/envelope.js';
import {
  readArgumentLog,
  readLoggedArguments,
} from '../../../../plugins/mcp-aggregate/config/tools/argument-log.js';
import { nested } from '../../../../plugins/mcp-aggregate/core/audit/argument-log.js';
import { Exposure } from '../../../../plugins/mcp-aggregate/core/items/exposure.js';
import { shownToolName } from '../../../../plugins/mcp-aggregate/core/items/shown-tool-name.js';
import { UriSpace } from '../../../../plugins/mcp-aggregate/core/uris/uri-space.js';

const server = (log: readonly string[], redact: readonly string[] = [], rename?: string) => ({
  name: 's',
  prefix: 's__',
  overrides: new Map([
    [
      't',
      {
        rename,
        logged: readLoggedArguments('f', { log_arguments: log, redact_arguments: redact }),
      },
    ],
  ]),
});

/** What is logged of a call with these arguments, as raw JSON; the code where it is refused. */
function logged(
  given: string,
  log: readonly string[],
  redact: readonly string[] = [],
  { method = 'tools/call', name = 's__t' } = {},
) {
  const call = `{"name":${JSON.stringify(name)},"arguments":${given}}`;
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${call}}`);
  const read = readMessage(bytes);
  if (read.kind !== 'single') throw new Error('no single message');
  try {
    const values = readArgumentLog([server(log, redact)]).of([read.message], bytes);
    return values && nested(values);
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    return error.code;
  }
}

describe('logged arguments', () => {
  it.each([
    ['{"a":"x"}', { '/a': 'x' }],
    ['{"a":"\\u0078"}', { '/a': 'x' }],
    ['{"a":1.50}', { '/a': '1.50' }],
    ['{"a":true}', { '/a': 'true' }],
    ['{"a": { "k" : [ 1, " y " ] } }', { '/a': '{"k":[1," y "]}' }],
    ['{"a":"x\\ny\\u202e\\u001b"}', { '/a': 'x\\u{a}y\\u{202e}\\u{1b}' }],
    ['{"a":{"b":{}},"b":"not chosen"}', { '/a': '{"b":{}}' }],
  ])('of %s are %j', (given, expected) => {
    expect(logged(given, ['/a'])).toEqual({ arguments: expected });
  });

  it('are found below objects, and missing where there is none', () => {
    expect(logged('{"a":{"b":"x"},"c":null,"e":""}', ['/a/b', '/c', '/d', '/e'])).toEqual({
      arguments: { '/a/b': 'x' },
    });
  });

  it('are named where they may lie in something else than an object', () => {
    for (const given of ['"{\\"b\\":\\"x\\"}"', '[{"b":"x"}]']) {
      expect(logged(`{"a":${given},"c":1}`, ['/a/b', '/c', '/a/d'])).toEqual({
        arguments: { '/c': '1' },
        arguments_truncated: '/a/b /a/d',
      });
    }
    expect(logged('{"a":[],"c":1}', ['/a/b', '/c'])).toEqual({ arguments: { '/c': '1' } });
  });

  it('are those of the tool alone, and of no other method', () => {
    expect(logged('{"a":1}', ['/a'], [], { name: 's__u' })).toBeUndefined();
    expect(logged('{"a":1}', ['/a'], [], { method: 'prompts/get' })).toBeUndefined();
  });

  it.each(['{"a":1,"a":2}', '{"a":1,"A":2}', '{"A":2}', '{"a":1,"\\u0061":2}'])(
    'refuse what parsers read differently: %s',
    (given) => {
      expect(logged(given, ['/a'])).toBe('invalid_request');
    },
  );

  it.each([
    ['{"card":{"number":"4111","name":"Ann"}}', '{"number":"***","name":"Ann"}'],
    ['{"card":{"number":{"a":"4111"}}}', '{"number":"***"}'],
    ['{"card":[{"number":"4111"}]}', '***'],
    ['{"card":"number 4111"}', '***'],
    [`{"card":{${'"x":1,'.repeat(900)}"number":"4111"}}`, undefined],
  ])('hide what is redacted: %s', (given, expected) => {
    const said = logged(given, ['/card'], ['/card/number']);
    expect(JSON.stringify(said)).not.toContain('4111');
    if (expected !== undefined) expect(said).toEqual({ arguments: { '/card': expected } });
  });

  it('hide a whole argument, and refuse a second one of it', () => {
    expect(logged('{"a":"secret"}', ['/a'], ['/a'])).toEqual({ arguments: { '/a': '***' } });
    const twice = logged('{"a":{"b":"x","B":"secret"}}', ['/a'], ['/a/b']);
    expect(twice).toBe('invalid_request');
  });

  it('are cut, and said to be, 256 bytes each and 4 KiB together', () => {
    const names = Array.from({ length: 20 }, (_, n) => `/n${n}`);
    const given = Object.fromEntries(names.map((name) => [name.slice(1), 'ü'.repeat(5_000)]));
    const said = logged(JSON.stringify(given), names) as Record<string, unknown>;
    const values = said['arguments'] as Record<string, string>;
    expect(Object.values(values)).toEqual(Array(16).fill('ü'.repeat(128)));
    expect(said['arguments_truncated']).toBe(names.join(' '));
  });

  it('are bounded, on one line and visible, whatever is sent', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1_500 });
    const value = fc.oneof(text, fc.array(text, { maxLength: 5 }), fc.jsonValue());
    fc.assert(
      fc.property(value, fc.constantFrom<(string | number)[]>(0, '   ', '\n\t'), (any, space) => {
        const raw = JSON.stringify({ a: any }, undefined, space);
        const said = logged(raw, ['/a']);
        if (said === undefined || typeof said === 'string') return;
        const shown = (said['arguments'] as Record<string, string> | undefined)?.['/a'] ?? '';
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(256);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        if (typeof any === 'string' && /^[ -~]{0,256}$/.test(any)) expect(shown).toBe(any);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the configuration of logged arguments', () => {
  it('refuses what would never be redacted, pointers that are none, invisible ones', () => {
    expect(() => server(['/a'], ['/b'])).toThrow('/b is, and lies in, nothing');
    expect(() => server(['/a'], ['/ab'])).toThrow('nothing that log_arguments has');
    expect(() => server(['/a~2'])).toThrow('a tilde is written ~0');
    expect(() => server(['/a\u202e'])).toThrow('invisible');
  });

  it('refuses two tools of one name', () => {
    const both = [server(['/a']), { ...server(['/a']), name: 'r' }];
    expect(() => readArgumentLog(both)).toThrow('clients see another tool as s__t');
  });

  it('knows tools by the names that clients see', () => {
    const rules = { name: 's', tools: { allow: [], deny: [] }, overrides: new Map() };
    const more = { prompts: rules.tools, resources: rules.tools };
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 140 }), fc.string(), (original, text) => {
        const prefix = text.replace(/[^A-Za-z0-9_.-]/g, '');
        const exposure = new Exposure({ ...rules, ...more, prefix }, new UriSpace([]));
        const exposed = exposure.nameOf('tool', original);
        const shown = shownToolName(prefix, original, undefined);
        expect(shown).toBe('name' in exposed ? exposed.name : undefined);
      }),
    );
  });
});
