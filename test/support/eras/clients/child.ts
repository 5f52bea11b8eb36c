import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { bareEnvironment } from '../../process.js';
import type { Told, Teller } from '../story.js';

/** A client in a program of its own, which reads stories from stdin and writes a line for each. */
export function childTeller(command: string, args: readonly string[]): Teller {
  return async (stories) => {
    const child = spawn(command, args, { env: { ...bareEnvironment }, stdio: 'pipe' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.on('error', () => undefined).end(JSON.stringify(stories));
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await ended;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${complained}`);
    const lines = said.trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Told);
  };
}
