import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StableText } from '../../../../kong/cli/watch/stable-text.js';

describe('a watched file', () => {
  let folder: string;
  let file: string;
  let watched: StableText;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stable-'));
    file = join(folder, 'mcp.json');
    writeFileSync(file, 'one');
    watched = new StableText([file]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const looks = async (count: number) => {
    const seen = [];
    for (let look = 0; look < count; look += 1) seen.push(await watched.changed());
    return seen;
  };

  it('counts once it was met twice, and is told once', async () => {
    expect(await looks(4)).toEqual([undefined, [{ text: 'one' }], undefined, undefined]);
  });

  it('is not read while it is being written', async () => {
    await looks(2);
    writeFileSync(file, 'tw');
    expect(await looks(1)).toEqual([undefined]);
    writeFileSync(file, 'two');
    expect(await looks(2)).toEqual([undefined, [{ text: 'two' }]]);
  });

  it('may be replaced by another, which editors do, be gone for a while, and come back', async () => {
    await looks(2);
    writeFileSync(`${file}~`, 'two');
    renameSync(`${file}~`, file);
    expect((await looks(2))[1]).toEqual([{ text: 'two' }]);
    rmSync(file);
    expect((await looks(2))[1]).toEqual([{ unreadable: `${file} cannot be read (ENOENT)` }]);
    writeFileSync(file, 'two');
    expect((await looks(2))[1]).toEqual([{ text: 'two' }]);
  });

  it('may be a link within a link that is turned, as those of a ConfigMap are', async () => {
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'f'), name);
    }
    symlinkSync('a', join(folder, '..data'));
    symlinkSync('..data/f', join(folder, 'f'));
    watched = new StableText([join(folder, 'f')]);
    expect((await looks(2))[1]).toEqual([{ text: 'a' }]);
    symlinkSync('b', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, '..data'));
    expect((await looks(2))[1]).toEqual([{ text: 'b' }]);
  });
});
