import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../../lib/json/envelope.js';
import { admitsLog, readLogLevel } from '../../../../plugins/mcp-aggregate/core/calls/log-level.js';

const note = (params: unknown, method = 'notifications/message') => ({
  method,
  params: params === undefined ? undefined : Buffer.from(JSON.stringify(params)),
});

describe('a log message', () => {
  it.each([
    ['warning', 'info', false],
    ['warning', 'notice', false],
    ['warning', 'warning', true],
    ['warning', 'emergency', true],
    ['debug', 'debug', true],
    ['emergency', 'alert', false],
  ])('for a client that wants %s: %s passes: %s', (least, level, passes) => {
    expect(admitsLog(least, note({ level, data: 1 }))).toBe(passes);
  });

  it('passes where the client has set no level', () => {
    expect(admitsLog(undefined, note({ level: 'debug' }))).toBe(true);
  });

  it('of no known level passes rather than being lost', () => {
    expect(admitsLog('emergency', note({ level: 'fatal' }))).toBe(true);
    expect(admitsLog('emergency', note({ level: 1 }))).toBe(true);
    expect(admitsLog('emergency', note(undefined))).toBe(true);
  });

  it('is not what other notifications are', () => {
    const progress = note({ level: 'debug', progress: 1 }, 'notifications/progress');
    expect(admitsLog('emergency', progress)).toBe(true);
  });
});

describe('the level a client sets', () => {
  const read = (params: unknown) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params };
    const bytes = Buffer.from(JSON.stringify(message));
    const read = readMessage(bytes);
    if (read.kind !== 'single' || read.message.kind !== 'request') throw new Error('no request');
    return readLogLevel(bytes, read.message.params);
  };

  it('is one of eight', () => {
    expect(read({ level: 'notice' })).toBe('notice');
    for (const params of [{ level: 'loud' }, { level: 3 }, {}, undefined]) {
      expect(() => read(params)).toThrow('params.level');
    }
  });
});
