import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StdioEntry } from '../../../../../lib/mcp-servers/entries.js';
import {
  checkUser,
  userVariables,
} from '../../../../../plugins/mcp-aggregate/upstream/stdio/child-user.js';
import { childEnvironment } from '../../../../../plugins/mcp-aggregate/upstream/stdio/inherited-env.js';

const entry: StdioEntry = { kind: 'stdio', command: 'c', args: [], env: {} };
const user = { uid: 1200, gid: 1300 };
const database = 'root:x:0:0:root:/root:/bin/bash\nmcp:x:1200:1300:MCP:/srv/mcp:/bin/false\n';

describe('the user of a child', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is refused by a plugin server that is not root, rather than left out', () => {
    const check = () => checkUser('servers[x].stdio', { ...entry, user }, () => 1000);
    expect(check).toThrow(expect.objectContaining({ field: 'servers[x].stdio' }));
    expect(check).toThrow('only a plugin server that runs as root');
    expect(() => checkUser('f', { ...entry, user }, () => undefined)).toThrow('as root');
    expect(() => checkUser('f', { ...entry, user }, () => 0)).not.toThrow();
  });

  it.each([
    ['root starts it as root', 0, entry, 1],
    ['root starts it as another', 0, { ...entry, user }, 0],
    ['it runs as the user that is not root', 1000, entry, 0],
  ])('is warned of as it should be when %s', (_when, uid, given, lines) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    checkUser('servers[x].stdio', given, () => uid);
    const said = write.mock.calls.filter(([text]) => String(text).includes('stdio_as_root'));
    expect(said).toHaveLength(lines);
  });

  it('has the home, name and shell of the system, and none of ours', () => {
    expect(userVariables(1200, database)).toEqual({
      HOME: '/srv/mcp',
      LOGNAME: 'mcp',
      SHELL: '/bin/false',
      USER: 'mcp',
    });
    expect(userVariables(1201, database)).toEqual({ HOME: '/' });
    const own = { HOME: '/root', USER: 'root', SHELL: '/bin/zsh', PATH: '/bin', TERM: 'dumb' };
    const env = { TOKEN: 't' };
    expect(childEnvironment(own, { env, user: { uid: 4_294_967_290, gid: 1 } })).toEqual({
      HOME: '/',
      PATH: '/bin',
      TERM: 'dumb',
      TOKEN: 't',
    });
    expect(childEnvironment(own, { env: { ...env, HOME: '/h' }, user })).toHaveProperty(
      'HOME',
      '/h',
    );
  });
});
