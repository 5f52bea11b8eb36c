import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  /** In PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** Its own certificate, in PEM. */
  readonly ca: string;
  /**
   * A certificate for these names (`DNS:…`, `IP:…`).
   * @param lifetime from and until, as `YYYYMMDDHHMMSSZ`; default now and the next days
   */
  issue(names: readonly string[], lifetime?: readonly [string, string]): Issued;
}

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const signing = (names: readonly string[]): string => `
[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
serial = serial
default_md = sha256
default_days = 2
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = ${names.join(',')}
`;

/** A certificate authority of this run. */
export function authority(): Authority {
  const { cert: ca, key } = selfSigned('Test authority');
  return {
    ca,
    issue: (names, lifetime) =>
      inFolder((openssl, file, write) => {
        write('ca.pem', ca);
        write('ca.key', key);
        write('index', '');
        write('settings', signing(names));
        openssl('req', ...ecKey, '-keyout', 'key', '-out', 'request', '-subj', '/CN=Test');
        const dates = lifetime ? ['-startdate', lifetime[0], '-enddate', lifetime[1]] : [];
        const by = ['-config', 'settings', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
        openssl('ca', '-batch', '-notext', ...by, '-in', 'request', '-out', 'cert', ...dates);
        return { cert: file('cert'), key: file('key') };
      }),
  };
}

/** A certificate that nobody else has signed. */
export function selfSigned(name: string, ...names: readonly string[]): Issued {
  return inFolder((openssl, file) => {
    const extra = names.length > 0 ? ['-addext', `subjectAltName=${names.join(',')}`] : [];
    const out = ['-keyout', 'key', '-out', 'cert', '-subj', `/CN=${name}`, '-days', '2'];
    openssl('req', '-x509', ...ecKey, ...out, ...extra);
    return { cert: file('cert'), key: file('key') };
  });
}

function inFolder<T>(
  work: (
    openssl: (...args: readonly string[]) => void,
    file: (name: string) => string,
    write: (name: string, text: string) => void,
  ) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  try {
    return work(
      (...args) => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }),
      (name) => readFileSync(join(folder, name), 'utf8'),
      (name, text) => writeFileSync(join(folder, name), text),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
