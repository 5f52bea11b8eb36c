import { expect, it } from 'vitest';
import { readyText } from '../../../kong/demo/ready-text.js';

const facts = {
  endpoint: 'http://127.0.0.1:8000/mcp',
  issuer: 'http://127.0.0.1:9000',
  token: 'a-token',
  missing: [],
  example: undefined,
  folder: '.demo/8000',
  seconds: 1.96,
};

it('npm start counts one as one, and more as more', () => {
  const first = (tools: string[], servers: string[]) =>
    readyText({ ...facts, tools, servers }).split('\n')[0];
  expect(first(['a__x'], ['a'])).toBe('Ready in 2.0 s: 1 tool of 1 server (a) behind one endpoint');
  expect(first(['a__x', 'a__y'], ['a', 'b'])).toBe(
    'Ready in 2.0 s: 2 tools of 2 servers (a, b) behind one endpoint',
  );
});
