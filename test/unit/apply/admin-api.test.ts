import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { applyToKong } from '../../../kong/apply/apply.js';
import type { ApplyError } from '../../../kong/apply/apply-error.js';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());
afterEach(() => void server?.close());

/** Something that answers every request alike. */
async function answering(status: number, body: string): Promise<string> {
  server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const failed = async (url: string, token = ''): Promise<ApplyError> => {
  const headers: Record<string, string> = token === '' ? {} : { 'Kong-Admin-Token': token };
  const wanted = { document: {}, tag: 'kong-mcp' };
  return applyToKong({ url, headers }, wanted).then(
    () => expect.unreachable(),
    (error: unknown) => error as ApplyError,
  );
};

describe('a Kong that cannot be used', () => {
  it.each([
    [500, '{"message":"An unexpected error occurred"}', 'unreachable', 'answers 500'],
    [429, '{}', 'unreachable', 'answers 429'],
    [401, '{}', 'not_allowed', 'it wants another token'],
    [403, '{}', 'not_allowed', 'it wants another token'],
    [302, '', 'not_kong', 'is not Kong’s Admin API'],
    [200, '<html>', 'not_kong', 'is not Kong’s Admin API'],
    [200, '{"version":"3.9"}', 'not_kong', 'is not Kong’s Admin API'],
  ])('answers %i %s', async (status, body, code, message) => {
    const error = await failed(await answering(status, body), 'hush-hush');
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.passing).toBe(code === 'unreachable');
    expect(error.message).not.toContain('hush');
  });

  it('is not there', async () => {
    const url = await answering(200, '');
    await new Promise((resolve) => server!.close(resolve));
    const { code, message } = await failed(url);
    expect([code, message]).toEqual([
      'unreachable',
      `Kong’s Admin API at ${url} gives no answer: ECONNREFUSED`,
    ]);
  });
});
