import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../../../plugins/mcp-aggregate/upstream/stdio/lines.js';
import { oversizedId } from '../../../../../plugins/mcp-aggregate/upstream/stdio/oversized-id.js';

function split(limit: number, ...chunks: Buffer[]) {
  const lines: string[] = [];
  const ids: (number | undefined)[] = [];
  const splitter = new LineSplitter(
    limit,
    (line) => lines.push(line.toString()),
    (line) => ids.push(oversizedId(line)),
  );
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, ids };
}

describe('lines of a byte stream', () => {
  it('are the same wherever it is cut, with LF and CRLF, and never empty', () => {
    const stream = Buffer.from('{"a":"é🙂"}\n\r\n\n{"b":1}\r\n{"c":2}\nunfinished');
    for (let cut = 0; cut <= stream.length; cut++) {
      const { lines } = split(100, stream.subarray(0, cut), stream.subarray(cut));
      expect(lines, `cut at ${cut}`).toEqual(['{"a":"é🙂"}', '{"b":1}', '{"c":2}']);
    }
  });

  it('lose a byte order mark at their beginning, as some programs write one, and keep all others', () => {
    const stream = Buffer.from('\ufeff{"a":"\ufeff"}\n\ufeff\r\n{"b":1}\n');
    for (let cut = 0; cut <= stream.length; cut++) {
      const { lines } = split(100, stream.subarray(0, cut), stream.subarray(cut));
      expect(lines, `cut at ${cut}`).toEqual(['{"a":"\ufeff"}', '{"b":1}']);
    }
    const long = Buffer.from(`\ufeff{"jsonrpc":"2.0","id":41,"result":"${'x'.repeat(3000)}"}\n`);
    expect(split(1000, long).ids).toEqual([41]);
  });

  it('over the limit are dropped, and the next line is good again', () => {
    const stream = Buffer.from(`${'x'.repeat(50)}\ngood\n`);
    for (let size = 1; size < stream.length; size++) {
      const chunks = [];
      for (let i = 0; i < stream.length; i += size) chunks.push(stream.subarray(i, i + size));
      expect(split(10, ...chunks)).toEqual({ lines: ['good'], ids: [undefined] });
    }
  });
});

describe('the id of a message too long to keep', () => {
  const filler = `{"x":"${'y'.repeat(3000)}"}`;
  it.each([
    [`{"jsonrpc":"2.0","id":41,"result":${filler}}`, 41],
    [`{ "id" : 41 , "jsonrpc":"2.0","result":${filler}}`, 41],
    [`{"result":${filler},"jsonrpc":"2.0","id":41}`, 41],
    [`{"result":${filler},"id":41,"jsonrpc":"2.0"} `, 41],
    [`{"result":{"id":41,"x":${filler}}}`, undefined],
    [`{"jsonrpc":"2.0","result":${filler.slice(0, -1)},"z":",\\"id\\":41}"}}`, undefined],
    [`{"jsonrpc":"2.0","id":"41","result":${filler}}`, undefined],
  ])('is found where it cannot be payload: %#', (line, id) => {
    expect(split(1000, Buffer.from(`${line}\n`)).ids).toEqual([id]);
  });
});
