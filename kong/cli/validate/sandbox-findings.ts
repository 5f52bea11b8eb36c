import { listIn } from '../../kong-conf.js';
import type { Finding } from './finding.js';

/** What the function of `kong-mcp functions` needs of Kong's sandbox (docs/fewer-calls.md). */
const needed = 'setmetatable';
const setting = 'untrusted_lua_sandbox_environment';

/**
 * Whether kong.conf lets the functions of `kong-mcp functions` and `kong-mcp direct` work. Advice: the
 * plugins do without.
 * @param settings of kong.conf
 */
export function sandboxFindings(
  file: string,
  settings: ReadonlyMap<string, string>,
): readonly Finding[] {
  const note = { level: 'note', file } as const;
  const lua = settings.get('untrusted_lua') ?? 'sandbox';
  if (lua === 'off') {
    const message = 'is off: Kong runs none of the functions of `kong-mcp functions` and `direct`';
    return [{ ...note, place: 'untrusted_lua', message, mend: 'untrusted_lua = sandbox' }];
  }
  const given = listIn(settings.get(setting) ?? '');
  if (lua === 'on' || given.includes(needed)) return [];
  const message = `lacks ${needed}: the function of \`kong-mcp functions\` does nothing`;
  const mend = `${setting} = ${[...given, needed].join(',')}`;
  return [{ ...note, place: setting, message, mend }];
}
