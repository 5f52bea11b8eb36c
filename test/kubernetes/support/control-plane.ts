import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { Agent } from 'undici';
import { atExit } from '../../support/at-exit.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { until } from '../../support/readiness.js';
import { certificates } from '../../support/tls/certificates.js';

/** Where `etcd` and `kube-apiserver` are, by the convention of setup-envtest. */
export const assets = process.env['KUBEBUILDER_ASSETS'] ?? '/opt/kubebuilder/bin';
export const hasControlPlane =
  process.env['KUBERNETES_REQUIRED'] !== undefined || existsSync(join(assets, 'kube-apiserver'));

const tokens = { admin: 'token-of-the-admin', controller: 'token-of-the-controller' };

/** A genuine API server with its etcd, on loopback, for one file of tests. */
export class ControlPlane {
  readonly folder: string;
  readonly url: string;
  readonly ca: string;
  readonly #agent: Agent;
  readonly #etcdUrl: string;
  readonly #etcdArgs: readonly string[];
  readonly #serverArgs: readonly string[];
  #etcd: TestProcess | undefined;
  #server: TestProcess | undefined;

  private constructor(folder: string, port: number, etcdPort: number, peerPort: number) {
    this.folder = folder;
    this.url = `https://127.0.0.1:${port}`;
    const { ca, cert, key } = certificates('IP:127.0.0.1', 'DNS:localhost');
    this.ca = ca;
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const certFile = file('server.crt', cert);
    const keyFile = file('server.key', key);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const accounts = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const accountsFile = file('accounts.key', accounts);
    const users = [
      `${tokens.admin},admin,admin,system:masters`,
      `${tokens.controller},kong-mcp-controller,kong-mcp-controller`,
    ].join('\n');
    const etcdUrl = `http://127.0.0.1:${etcdPort}`;
    this.#etcdUrl = etcdUrl;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    this.#etcdArgs = [
      ...['--data-dir', join(folder, 'etcd'), '--logger=zap'],
      ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `default=${peerUrl}`],
    ];
    this.#serverArgs = [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      `--tls-cert-file=${certFile}`,
      `--tls-private-key-file=${keyFile}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${file('tokens.csv', users)}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
      '--service-account-issuer=https://kubernetes.test',
      `--service-account-key-file=${accountsFile}`,
      `--service-account-signing-key-file=${accountsFile}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--endpoint-reconciler-type=none',
      '--profiling=false',
    ];
    this.#agent = new Agent({ connect: { ca } });
  }

  static async start(): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
    atExit(() => rmSync(folder, { recursive: true, force: true }));
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const plane = new ControlPlane(folder, ...ports);
    plane.#etcd = new TestProcess(join(assets, 'etcd'), plane.#etcdArgs);
    await plane.startServer();
    return plane;
  }

  async startServer(): Promise<void> {
    const server = new TestProcess(join(assets, 'kube-apiserver'), this.#serverArgs);
    this.#server = server;
    const ready = async () => {
      if (!server.running || this.#etcd?.running !== true) return true;
      return (await this.ask('GET', '/readyz')).status === 200;
    };
    await until(ready, { what: 'no API server', timeoutMs: 240_000, everyMs: 200 });
    if (server.running && this.#etcd?.running === true) return;
    const said = `${this.#etcd?.stderr.slice(-1500)}\n${server.stderr.slice(-3000)}`;
    await this.stop();
    throw new Error(`the control plane has ended: ${said}`);
  }

  async stopServer(): Promise<void> {
    // Its orderly end waits a minute for watches.
    await this.#server?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#server?.kill('SIGKILL');
    await this.#etcd?.kill('SIGKILL');
    await this.#agent.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Has etcd forget all that was before now, as it does every five minutes. */
  async compact(): Promise<void> {
    const call = async (path: string, body: object) => {
      const answer = await request(`${this.#etcdUrl}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return (await answer.body.json()) as { readonly header: { readonly revision: string } };
    };
    const { header } = await call('/v3/kv/range', { key: 'AA==' });
    await call('/v3/kv/compaction', { revision: header.revision, physical: true });
  }

  /** A kubeconfig of one of the users. */
  kubeconfig(user: keyof typeof tokens): string {
    const file = join(this.folder, `${user}.kubeconfig`);
    const name = 'test';
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name,
          cluster: {
            server: this.url,
            'certificate-authority-data': Buffer.from(this.ca).toString('base64'),
          },
        },
      ],
      users: [{ name, user: { token: tokens[user] } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  /** One request as the admin. */
  async ask(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    type = 'application/json',
  ) {
    const answer = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${tokens.admin}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the API server says
    const said: any = text.startsWith('{') ? JSON.parse(text) : { text };
    return { status: answer.statusCode, body: said };
  }
}
