import { describe, expect, it } from 'vitest';
import { itemCost, ListMemory } from '../../../../plugins/mcp-aggregate/core/lists/list-memory.js';

describe('the memory of lists', () => {
  it('counts an item with its names and what it costs to keep it', () => {
    expect(itemCost(Buffer.alloc(100), 'abc', 'de')).toBe(100 + 5 + 512);
  });

  it('gives each server a share, in which one list takes the place of another', () => {
    const memory = new ListMemory({ bytes: 1_000, ofOne: 400 });
    const share = memory.shareOf('a', 'bad');
    share.replace(0, 400);
    expect(() => share.replace(0, 1)).toThrow('server bad takes more memory');
    share.replace(400, 300);
    share.replace(0, 100);
    expect(memory.bytes).toBe(400);
    memory.shareOf('b', 'good').replace(0, 400);
    expect(() => memory.shareOf('c', 'third').replace(0, 201)).toThrow('server third has lists');
    memory.shareOf('c', 'third').replace(0, 200);
    share.replace(300, 0);
    share.replace(100, 0);
    expect(memory.bytes).toBe(600);
  });
});
