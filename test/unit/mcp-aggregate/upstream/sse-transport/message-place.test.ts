import { describe, expect, it } from 'vitest';
import { messagePlace } from '../../../../../plugins/mcp-aggregate/upstream/http/sse/message-place.js';

const target = 'https://mcp.example/base/sse?key=1';
const place = (said: string) => messagePlace({ name: 'old', target }, said);
const route = { path: '/old/sse', host: undefined, internal: true, kongUrl: undefined };
const routed = (said: string, messagePath?: string) =>
  messagePlace(
    { name: 'old', target: 'http://127.0.0.1:8000/old/sse', route: { ...route, messagePath } },
    said,
  );

describe('where messages go, by the endpoint event', () => {
  it.each([
    ['/message?sessionId=1', '/message?sessionId=1'],
    ['messages/?s=1', '/base/messages/?s=1'],
    ['?s=1', '/base/sse?s=1'],
    ['https://mcp.example/m', '/m'],
    ['https://MCP.example:443/m#f', '/m'],
    ['//mcp.example/m', '/m'],
    ['../m', '/m'],
    ['/m\\..\\n', '/n'],
    ['/a b\u00e9?q=\u00e9', '/a%20b%C3%A9?q=%C3%A9'],
  ])('%s is %s', (said, expected) => {
    expect(place(said)).toBe(expected);
  });

  it.each([
    ['another host', 'https://evil.example/m'],
    ['another host, without scheme', '//evil.example/m'],
    ['another host, by backslashes', '\\\\evil.example\\m'],
    ['another host, before an @', 'https://mcp.example@evil.example/m'],
    ['another port', 'https://mcp.example:8443/m'],
    ['another scheme', 'http://mcp.example/m'],
    ['no scheme of HTTP', 'data:text/plain,x'],
  ])('is not taken of %s', (_title, said) => {
    expect(() => place(said)).toThrow(/server old names, .* of another origin/);
  });

  it.each([
    ['nothing', '', /that is none/],
    ['no address', 'http://', /that is none/],
    ['credentials', 'https://u:p@mcp.example/m', /holds credentials/],
    ['a huge one', `/m?${'x'.repeat(5000)}`, /more than 4096 bytes/],
  ])('is not taken of %s', (_title, said, reason) => {
    expect(() => place(said)).toThrow(reason);
  });

  it('behind a route is the operator’s, with the query of the server', () => {
    expect(routed('/message?s=1', '/old/message')).toBe('/old/message?s=1');
    expect(routed('http://inside:3000/other?s=1', '/old/message')).toBe('/old/message?s=1');
    expect(routed('?s=1')).toBe('/old/sse?s=1');
    expect(() => routed('/internal/other?s=1')).toThrow(/set route\.message_path/);
  });
});
