import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableJson } from '../../../../lib/json/canonical.js';
import { perKind } from '../../../../plugins/mcp-aggregate/core/items/item-kinds.js';
import {
  fingerprint,
  instructionsDigest,
} from '../../../../plugins/mcp-aggregate/core/pins/fingerprint.js';
import { definitionIndent } from '../../../../plugins/mcp-aggregate/core/pins/inspect-item.js';
import { readLockfile } from '../../../../plugins/mcp-aggregate/core/pins/lockfile/read-lockfile.js';
import {
  addToLockfile,
  writeLockfile,
} from '../../../../plugins/mcp-aggregate/core/pins/lockfile/write-lockfile.js';
import type { LockContent } from '../../../../plugins/mcp-aggregate/core/pins/lockfile/write-lockfile.js';

const entryOf = (json: string) => {
  const raw = Buffer.from(json);
  return { digest: fingerprint(raw).digest, text: readableJson(raw, definitionIndent) };
};
const tools = (...all: readonly (readonly [string, string])[]): LockContent => ({
  server: 'Fixture',
  instructions: 'Be kind.\nAlways.',
  items: {
    ...perKind(() => new Map()),
    tool: new Map(all.map(([name, json]) => [name, entryOf(json)])),
  },
});
const read = (text: string) => readLockfile(Buffer.from(text));

describe('a lockfile', () => {
  const content = tools(
    ['b', '{"name":"b","x":1.00,"x":2}'],
    ['a', '{"name":"a","description":"one\\ntwo"}'],
  );

  it('reads back as what it was written of', () => {
    const { server, instructions, items } = read(writeLockfile(content));
    expect(server).toBe('Fixture');
    expect(instructions).toBe(instructionsDigest('Be kind.\nAlways.'));
    expect(items.tool?.get('b')).toEqual(fingerprint(Buffer.from('{"name":"b","x":1.00,"x":2}')));
    expect(items.prompt?.size).toBe(0);
  });

  it('is the same whatever order the server lists in', () => {
    const turned = {
      ...content,
      items: { ...content.items, tool: new Map([...content.items.tool!].reverse()) },
    };
    expect(writeLockfile(turned)).toBe(writeLockfile(content));
  });

  it('may hold digests alone', () => {
    const text = writeLockfile({ ...content, digestsOnly: true });
    expect(text).not.toContain('kind');
    expect(read(text).items.tool?.get('a')?.digest).toBe(content.items.tool?.get('a')?.digest);
  });

  it('takes any name and any definition', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
        (name, value) => {
          const json = JSON.stringify({ ...value, name });
          const text = writeLockfile(tools([name, json]));
          const known = read(text).items.tool!;
          const wellFormed = JSON.parse(JSON.stringify(name)) as string;
          expect([...known.keys()]).toEqual([wellFormed]);
          expect(known.get(wellFormed)?.digest).toBe(fingerprint(Buffer.from(json)).digest);
        },
      ),
    );
  });

  it('is added to without a change of what it has', () => {
    const before = Buffer.from(writeLockfile(tools(['a', '{"name":"a","v":1}'])));
    const more = tools(['a', '{"name":"a","v":2}'], ['c', '{"name":"c"}']);
    const after = read(addToLockfile(before, more)).items.tool!;
    expect([...after.keys()]).toEqual(['a', 'c']);
    expect(after.get('a')?.digest).toBe(fingerprint(Buffer.from('{"name":"a","v":1}')).digest);
  });
});

describe('what is no lockfile', () => {
  const good = writeLockfile(tools(['a', '{"name":"a","description":"one"}']));
  const digest = fingerprint(Buffer.from('{"name":"a","description":"one"}')).digest;
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['half a file', good.slice(0, 60), /not JSON/],
    ['nothing', '', /not JSON/],
    ['another document', '{"lockfileVersion":3,"packages":{}}', /not known/],
    ['another release', good.replace('pins/1', 'pins/2'), /another release/],
    ['a list', '[]', /not a JSON object/],
    [
      'a definition that was changed beside its digest',
      good.replace('"one"', '"two"'),
      /other text|another text/,
    ],
    [
      'a digest that was changed beside its definition',
      good.replace(digest, instructionsDigest('x')),
      /another text/,
    ],
    ['instructions that were changed', good.replace('Be kind', 'Be mean'), /another text/],
    ['no digest', good.replace(digest, 'none'), /digest is none/],
    ['a name twice', good.replace('"a": {', `"a": {"digest": "${digest}"}, "\\u0061": {`), /twice/],
    ['a section twice', good.replace('"prompts": {}', '"prompts": {}, "prompts": {}'), /twice/],
    ['a member that is not known', good.replace('"prompts"', '"Prompts"'), /not known/],
    [
      'an entry of another form',
      good.replace('"prompts": {}', '"prompts": {"p": 1}'),
      /not an object/,
    ],
    ['a section of another form', good.replace('"prompts": {}', '"prompts": []'), /not an object/],
    ['deep JSON', good.replace('"one"', `${'['.repeat(600)}${']'.repeat(600)}`), /nesting/],
  ];

  it.each(cases)('%s', (_, text, reason) => {
    expect(() => read(text)).toThrow(reason);
    expect(text).not.toBe(good);
  });
});
