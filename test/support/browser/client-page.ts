import { createServer } from 'node:http';
import { rolldown } from 'rolldown';
import { listenOnLoopback } from '../loopback-server.js';
import { projectFile } from '../project.js';

export interface ClientPage {
  /** Of the page, `http://localhost:port`: another than the gateway's. */
  readonly origin: string;
  /** The page's address with what it is to do. */
  at(task: ClientTask): string;
  close(): Promise<void>;
}

export interface ClientTask {
  readonly sdk: 'v1' | 'v2';
  readonly endpoint: string;
  readonly tool: string;
}

const html = '<!doctype html><meta charset="utf-8"><title>client</title><body>…</body>';

/** A page of its own origin which is an MCP client, made of the SDKs as browsers get them. */
export async function startClientPage(): Promise<ClientPage> {
  const script = await bundle();
  const server = createServer(({ url = '/' }, response) => {
    const isScript = url === '/main.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? script : `${html}<script type="module" src="/main.js"></script>`);
  });
  const listening = await listenOnLoopback(server);
  const origin = `http://localhost:${listening.port}`;
  return {
    origin,
    at: (task) => `${origin}/?${new URLSearchParams({ task: JSON.stringify(task) }).toString()}`,
    close: async () => listening[Symbol.asyncDispose](),
  };
}

async function bundle(): Promise<string> {
  const input = projectFile('test/support/browser/page/main.ts');
  const built = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  const { output } = await built.generate({ format: 'esm', codeSplitting: false });
  await built.close();
  return output[0].code;
}
