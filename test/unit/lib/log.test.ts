import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log, setLogFields, setLogLevel } from '../../../lib/log.js';

describe('log', () => {
  const lines: string[] = [];

  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    setLogLevel('info');
  });

  it('writes one JSON line on stderr: time, level, event and fields', () => {
    log('warn', 'upstream_down', { server: 'a\nb' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
    const line = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'warn', event: 'upstream_down', server: 'a\nb' });
    expect(new Date(line.time as string).toISOString()).toBe(line.time);
  });

  it('drops what is below the level', () => {
    log('debug', 'a');
    setLogLevel('error');
    log('warn', 'b');
    log('error', 'c');
    setLogLevel('debug');
    log('debug', 'd');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['c', 'd']);
  });

  it('says in each line which process it is from, where it was told', () => {
    setLogFields({ worker: 2 });
    log('warn', 'upstream_down', { server: 'a' });
    setLogFields({});
    expect(lines[0]).toMatch(/"event":"upstream_down","server":"a","worker":2\}\n$/);
  });
});
