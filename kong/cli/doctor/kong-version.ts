import { execFile } from 'node:child_process';
import type { Finding } from '../validate/finding.js';
import { get, objectIn } from './get.js';
import { about } from './report.js';

/** Where Kong's version can be asked for. */
export interface KongSource {
  /** The command `kong`. */
  readonly command?: string | undefined;
  /** Address of the Admin API. */
  readonly admin?: string | undefined;
}

const oldest = [3, 9] as const;

/** Whether Kong is one that the plugins were tried with. */
export async function kongFindings(source: KongSource): Promise<readonly Finding[]> {
  const { command, admin } = source;
  const findings: Finding[] = [];
  if (command !== undefined) findings.push(...judge(command, await fromCommand(command)));
  if (admin !== undefined) findings.push(...judge(admin, await fromAdmin(admin)));
  return findings;
}

/** @param said what was answered: a version, or the reason why there is none */
export function judge(from: string, said: string): readonly Finding[] {
  const say = about(from);
  const [, major, minor] = /(?:^|\s)(\d+)\.(\d+)(?:\.\d+)*/.exec(said) ?? [];
  if (major === undefined) return [say.warning('version', `Kong’s is not known: ${said}`)];
  const [wantedMajor, wantedMinor] = oldest;
  if (Number(major) > wantedMajor) {
    return [say.warning('version', `Kong ${major}.${minor} was not tried`, 'see docs/install.md')];
  }
  if (Number(major) === wantedMajor && Number(minor) >= wantedMinor) return [];
  return [say.error('version', `Kong ${major}.${minor} is too old`, 'use Kong 3.9 or newer')];
}

function fromCommand(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, ['version'], { timeout: 20_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else resolve(`${command} version ended with ${String(error.code ?? error.signal)}`);
    });
  });
}

async function fromAdmin(address: string): Promise<string> {
  try {
    const { status, text } = await get(address);
    const version = objectIn(text)?.['version'];
    return typeof version === 'string' ? version : `it answers with status ${status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
