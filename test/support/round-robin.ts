import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin extends AsyncDisposable {
  readonly url: string;
  /** Where the next requests go, one after the other. */
  targets: readonly string[];
  close(): Promise<void>;
}

/** A balancer that knows nothing of sessions: each request goes to the next target. */
export async function startRoundRobin(targets: readonly string[]): Promise<RoundRobin> {
  let turn = 0;
  const server: Server = createServer((incoming, outgoing) => {
    const target = balancer.targets[turn++ % balancer.targets.length]!;
    const { method, headers, url = '/' } = incoming;
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : fail()));
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
    const fail = () => outgoing.writeHead(502).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const balancer: RoundRobin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close,
    [Symbol.asyncDispose]: close,
  };
  return balancer;
}
