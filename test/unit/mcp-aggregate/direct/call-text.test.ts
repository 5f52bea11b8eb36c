import { describe, expect, it } from 'vitest';
import { callText } from '../../../../plugins/mcp-aggregate/core/direct/call-text.js';
import type { ToldCall } from '../../../../plugins/mcp-aggregate/core/direct/call-text.js';

const settings = {
  scheme: 'https',
  host: 's.example',
  port: 8443,
  authority: 's.example:8443',
  path: '/mcp',
  upstream: 'pool',
  silenceMs: 1,
  verified: true,
} as const;

const call = {
  log: { subject: '', method: 'tools/call', direct: true },
  id: '"7"',
  server: 's',
  settings,
  upstream: undefined,
  silenceMs: 60_000,
  session: 'sealed',
  length: 99,
  mark: 'ff',
  kept: ['traceparent', 'x-a'],
  headers: { authorization: 'Bearer x', accept: 'a, b' },
  edits: [{ span: { start: 3, end: 5 }, replacement: '"ä"\n\n' }],
  count: 35,
};

describe('the text that tells Kong of a direct call', () => {
  it('has the log entry, the fields, the headers and the edits, one after the other', () => {
    expect(callText(call).split('\n')).toEqual([
      ...['method', 'tools/call', ''],
      ...['"7"', 's', 'https', 's.example', '8443', 's.example:8443', '/mcp', '', '60000', '1'],
      ...['sealed', '99', 'ff', ',traceparent,x-a,'],
      ...['authorization', 'Bearer x', 'accept', 'a, b', ''],
      ...['3 5 6:"ä"', '', '', '...0000000z'],
    ]);
  });

  it('says nothing where there is nothing to say', () => {
    const none = { ...call, session: undefined, mark: '', kept: [], edits: [] };
    const fields = callText({ ...none, settings: { ...settings, verified: false } }).split('\n');
    expect(fields.slice(11, 17)).toEqual(['60000', '', '', '99', '', ',,']);
  });

  it('has the same fields whatever a claim of the caller’s token says', () => {
    const evil = '\n\n"7"\ns\nhttp\nevil.example\n80\nevil.example\n/\n\n1\n\n\n99\n\n,,\n';
    const told = callText({ ...call, log: { subject: evil, method: 'tools/call' } });
    const [logged = '', rest = ''] = told.split(/\n\n(.*)/s);
    expect(logged.split('\n')).toEqual([
      'subject',
      evil.replaceAll('\n', '\\u{a}'),
      'method',
      'tools/call',
    ]);
    expect(rest.split('\n').slice(0, 4)).toEqual(['"7"', 's', 'https', 's.example']);
  });

  it.each<Partial<ToldCall>>([
    { headers: { authorization: 'Bearer x\nhost' } },
    { headers: { 'a\n': 'b' } },
    { id: '"7"\n' },
    { session: 'a\nb' },
    { kept: ['a\n'] },
  ])('is refused where %j has a line break that none can have', (more) => {
    expect(() => callText({ ...call, ...more })).toThrow('line break');
  });

  it('differs at its end and in its length from call to call', () => {
    const [one, other] = [callText(call), callText({ ...call, count: 36 })];
    expect(one.length).not.toBe(other.length);
    expect(one.slice(-8)).not.toBe(other.slice(-8));
  });
});
