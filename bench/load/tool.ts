import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { projectFile } from '../../test/support/project.js';

const built = projectFile('dist/bench-tool/mcp-bench');
let ready = false;

/**
 * The command of `bench/tool`, which is Go: built when it is first needed, or what `MCP_BENCH_TOOL`
 * names. @throws Error that says what to do where there is no Go
 */
export function benchTool(): string {
  const given = process.env['MCP_BENCH_TOOL'];
  if (given) return given;
  if (!ready) build();
  ready = true;
  return built;
}

/** Whether the tool can be had here. */
export function hasBenchTool(): boolean {
  if (process.env['MCP_BENCH_TOOL']) return true;
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

function build(): void {
  const { status, error, stderr } = spawnSync('go', ['build', '-o', built, '.'], {
    cwd: projectFile('bench/tool'),
    encoding: 'utf8',
  });
  if (error) {
    throw new Error(
      'The load generator is written in Go, and there is no `go` here. Install Go 1.21 or later, ' +
        'or build bench/tool elsewhere and name the binary by MCP_BENCH_TOOL.',
    );
  }
  if (status !== 0) throw new Error(`go build failed: ${stderr}`);
}

/** Starts the tool. What it has to say on stderr is what went wrong. */
export function startTool(args: readonly string[]): ChildProcess {
  return spawn(benchTool(), args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs the tool to its end. @returns what it printed @throws Error with what it says when it fails */
export async function runTool(args: readonly string[], input = ''): Promise<unknown> {
  const child = startTool(args);
  let printed = '';
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdin?.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(complaint.trim() || `mcp-bench ended with ${String(code)}`);
  return JSON.parse(printed) as unknown;
}
