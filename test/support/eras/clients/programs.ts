import { existsSync } from 'node:fs';
import { projectFile } from '../../project.js';
import type { Teller } from '../story.js';
import { childTeller } from './child.js';

/**
 * Clients in other languages run where `.ci/clients` has prepared them: its output names a Python
 * that has `mcp` 2.x, one that has 1.x, and the program made of `go/`.
 */
export const programs = {
  python2: programNamed('MCP_CLIENT_PYTHON2'),
  python1: programNamed('MCP_CLIENT_PYTHON1'),
  go: programNamed('MCP_CLIENT_GO'),
};

/** The program that a variable names; undefined where it names none. */
export function programNamed(variable: string): string | undefined {
  const path = process.env[variable];
  if (path === undefined || path === '') return undefined;
  if (!existsSync(path)) throw new Error(`${variable} names no program: ${path}`);
  return path;
}

const script = (name: string) => projectFile(`test/support/eras/clients/${name}`);

/** Python's `mcp` 2.x. */
export const secondPython = (command: string, mode: 'auto' | 'legacy' | '2026-07-28'): Teller =>
  childTeller(command, [script('mcp2.py'), mode]);

/** Python's `mcp` 1.x. */
export const firstPython = (command: string): Teller => childTeller(command, [script('mcp1.py')]);

/** The SDK for Go, which discovers first. */
export const goClient = (command: string): Teller => childTeller(command, []);
