import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kongAddress } from '../../../kong/apply/kong-address.js';

const folder = mkdtempSync(join(tmpdir(), 'kong-address-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (url: string, env = {}) => kongAddress('--kong', url, env);

describe('the address of an Admin API', () => {
  it('is a URL without a slash at its end', () => {
    expect(read('http://127.0.0.1:8001/')).toEqual({ url: 'http://127.0.0.1:8001', headers: {} });
    expect(read('https://k.internal/admin/').url).toBe('https://k.internal/admin');
  });

  it('has a token from the environment or a file, in the header that is named', () => {
    const url = 'http://127.0.0.1:8001';
    expect(read(url, { KONG_MCP_ADMIN_TOKEN: 't' }).headers).toEqual({ 'Kong-Admin-Token': 't' });
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    const env = { KONG_MCP_ADMIN_TOKEN_FILE: file, KONG_MCP_ADMIN_TOKEN_HEADER: 'apikey' };
    expect(read(url, env).headers).toEqual({ apikey: 'from-file' });
  });

  it.each([
    ['127.0.0.1:8001', {}, '--kong: must be an http(s) URL'],
    ['ftp://k', {}, '--kong: must be an http(s) URL'],
    ['http://user:hush@k', {}, '--kong: holds credentials'],
    ['http://k', { KONG_MCP_ADMIN_TOKEN_FILE: '/nowhere' }, '/nowhere cannot be read'],
    ['http://k', { KONG_MCP_ADMIN_TOKEN: 'a\nb' }, 'holds a control character'],
    ['http://k', { KONG_MCP_ADMIN_TOKEN_HEADER: 'a b' }, 'is not the name of a header'],
  ])('is refused: %s %j', (url, env, message) => {
    expect(() => read(url, env)).toThrow(message);
    expect(() => read(url, env)).not.toThrow('hush');
  });
});
