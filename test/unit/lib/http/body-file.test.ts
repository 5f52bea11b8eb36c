import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../../lib/http/body-file.js';
import { readRequestBody } from '../../../../plugins/mcp-aggregate/endpoint/requests/read-body.js';

const largest = 1_048_576;
const large = Buffer.alloc(65_537, 'x');
const small = Buffer.alloc(65_536, 'x');

/** In which turn of the event loop each of these is there, counted from the first. */
async function turnsOf(all: readonly (() => Promise<Buffer>)[]): Promise<readonly number[]> {
  let turn = 0;
  let next = setImmediate(function count() {
    turn += 1;
    next = setImmediate(count);
  });
  const turns = await Promise.all(all.map((one) => one().then(() => turn)));
  clearImmediate(next);
  return turns;
}

describe('bodies that arrive together', () => {
  let folder: string;
  const ofKong = (content: Buffer) => async () => readBody({ content }, largest);
  const spilled = async () => readBody({ bodyFilepath: join(folder, 'body') }, largest);
  const arriving = () => readRequestBody(Readable.from([large]) as IncomingMessage, largest);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'body-'));
    writeFileSync(join(folder, 'body'), large);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['of Kong', ofKong(large)],
    ['in a file of nginx', spilled],
    ['of the aggregator', arriving],
  ])('are read one in a turn where they are large: %s', async (_, one) => {
    const turns = await turnsOf([one, one, one, one]);
    expect(new Set(turns).size).toBe(4);
  });

  it('are read at once where they are small', async () => {
    const turns = await turnsOf([ofKong(small), ofKong(small), ofKong(small)]);
    expect(turns).toEqual([0, 0, 0]);
  });
});
