import { programNamed } from '../eras/clients/programs.js';
import { freePort } from '../ports.js';
import { TestProcess } from '../process.js';
import { projectFile } from '../project.js';
import { until } from '../readiness.js';
import { signIn } from './headless-browser.js';

const script = projectFile('test/support/authorization-server/python/login.py');

/** Clients in Python that can log in, where `.ci/clients` has prepared them. */
export const pythonClients = (
  [
    ['Python mcp 1.x', 'sdk1', programNamed('MCP_CLIENT_PYTHON1')],
    ['Python mcp 2.x', 'sdk2', programNamed('MCP_CLIENT_PYTHON2')],
    ['FastMCP', 'fastmcp', programNamed('MCP_CLIENT_FASTMCP')],
  ] as const
).flatMap(([name, kind, python]) => (python === undefined ? [] : [{ name, kind, python }]));

/** Logs in by a client in Python and calls a tool; answers what the tool said. */
export async function pythonLogin(
  { kind, python }: (typeof pythonClients)[number],
  url: string,
  tool: string,
): Promise<string> {
  const child = new TestProcess(python, [script, kind, url, tool, String(await freePort())]);
  const line = (name: string) => new RegExp(`^${name} (.+)$`, 'm').exec(child.stdout)?.[1];
  const said = (name: string) =>
    until(() => line(name) ?? (child.running ? undefined : 'ended'), {
      what: `${kind} ${name}: nothing`,
      timeoutMs: 100_000,
    });
  const link = await said('visit');
  if (link === 'ended') throw new Error(`${kind}: ${child.stderr}`);
  const request = new URL(link);
  const callback = request.searchParams.get('redirect_uri') ?? '';
  const answer = await signIn(request, callback, { account: 'alice' });
  // The client listens a moment after it has told where to go.
  await until(() => fetch(`${callback}?${answer.toString()}`), { what: `${kind} never listened` });
  const result = await said('said');
  await child.exited;
  if (result === 'ended') throw new Error(`${kind}: ${child.stderr}`);
  return result;
}
