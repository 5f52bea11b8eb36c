import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** The authority's certificate, in PEM. */
  readonly ca: string;
  /** A server's, signed by it. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of this run and a server certificate for these names (`DNS:…`, `IP:…`). */
export function certificates(...names: readonly string[]): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  try {
    const ca = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority'];
    openssl('req', '-x509', ...key, ...ca, '-days', '2');
    openssl('req', ...key, '-keyout', 'key.pem', '-out', 'req.pem', '-subj', '/CN=Test server');
    writeFileSync(join(folder, 'ext'), `subjectAltName=${names.join(',')}`);
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext'];
    openssl('x509', '-req', '-in', 'req.pem', ...sign, '-out', 'cert.pem', '-days', '2');
    return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
