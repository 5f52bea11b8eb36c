import { expect, it } from 'vitest';
import { readyText } from '../../../kong/demo/ready-text.js';

const facts = {
  endpoint: 'http://127.0.0.1:8000/mcp',
  issuer: 'http://127.0.0.1:9000',
  token: 'a-token',
  operationsPort: 9464,
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

it('npm start names few tools, where operators look, and what is missing with its reason', () => {
  const tools = Array.from({ length: 400 }, (_, index) => `a__tool_${index}`);
  const text = readyText({
    ...facts,
    tools,
    servers: ['a', 'b', 'c'],
    missing: [
      { name: 'b', why: undefined },
      { name: 'c', why: 'the process ended\n      no such module' },
    ],
  });
  expect(text).toContain('Tools: a__tool_0, ');
  expect(text).toContain('… and 388 more');
  expect(text).toContain('http://127.0.0.1:9464/status');
  expect(text).toContain('http://127.0.0.1:9464/console ');
  expect(text).toContain('http://127.0.0.1:9464/console/playground ');
  expect(text).toContain('b is still starting');
  expect(text).toContain('c is down: the process ended\n      no such module');
  expect(text).not.toMatch(/npx mcp-inspector/);
});
