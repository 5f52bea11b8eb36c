import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from '../validate/finding.js';
import { about } from './report.js';

/** A local account, as /etc/passwd has it. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who can reach the socket: nobody but its owner, and Kong's workers.
 * @param nginxUser `nginx_user` of kong.conf: user and group of Kong's workers
 * @param start how the plugin server is started that makes it
 */
export function socketFindings(
  socket: string,
  nginxUser: string | undefined,
  start: string,
): readonly Finding[] {
  const say = about(socket);
  const folder = dirname(socket);
  const around = statSync(folder, { throwIfNoEntry: false });
  if (around?.isDirectory() !== true) {
    const mend = `install -d -m 0750 -o kong-mcp -g kong ${folder}`;
    return [say.error('folder', 'does not exist', mend)];
  }
  const stats = lstatSync(socket, { throwIfNoEntry: false });
  if (stats === undefined) return [say.error('socket', 'does not exist', start)];
  if (!stats.isSocket()) return [say.error('socket', 'is no socket', `rm ${socket}; ${start}`)];
  const findings: Finding[] = [];
  if ((around.mode & 0o002) !== 0 && (around.mode & 0o1000) === 0) {
    const message = 'is writable for every user, who could put another socket in this place';
    findings.push(say.error('folder', message, `chmod 0750 ${folder}`));
  }
  if ((stats.mode & 0o006) !== 0 && (around.mode & 0o001) !== 0) {
    const message = `has mode ${modeText(stats.mode)}: every user of the machine can act as Kong`;
    findings.push(say.error('socket', message, `chmod 0660 ${socket}, and --socket-mode 0660`));
  }
  if ((stats.mode & 0o200) === 0) {
    const message = `has mode ${modeText(stats.mode)}: its own user cannot connect`;
    findings.push(say.error('socket', message, `chmod 0600 ${socket}`));
  }
  const workers = nginxUser === undefined ? undefined : accountOf(nginxUser);
  if (workers !== undefined && !reaches(workers, stats)) {
    const message = `has mode ${modeText(stats.mode)}, uid ${stats.uid} and gid ${stats.gid}: Kong’s workers (${nginxUser}) cannot connect`;
    const mend = `--socket-mode 0660, and chgrp the folder to gid ${workers.gid}`;
    findings.push(say.error('socket', message, mend));
  }
  return findings;
}

function reaches({ uid, gid }: Account, stats: { mode: number; uid: number; gid: number }) {
  if (uid === 0) return true;
  if (uid === stats.uid) return (stats.mode & 0o200) !== 0;
  if (gid === stats.gid) return (stats.mode & 0o020) !== 0;
  return (stats.mode & 0o002) !== 0;
}

/** `user` or `user group`; undefined where this machine does not know them. */
function accountOf(nginxUser: string): Account | undefined {
  const [user = '', group] = nginxUser.split(/\s+/);
  const row = rowOf('/etc/passwd', user);
  const gid = group === undefined ? row?.[3] : rowOf('/etc/group', group)?.[2];
  if (row === undefined || gid === undefined) return undefined;
  return { uid: Number(row[2]), gid: Number(gid) };
}

function rowOf(file: string, name: string): readonly string[] | undefined {
  const text = statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
}

const modeText = (mode: number): string => `0${(mode & 0o777).toString(8)}`;
