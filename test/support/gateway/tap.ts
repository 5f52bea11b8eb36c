import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { FrameDecoder } from '../../../kong/pluginserver/wire/frames.js';

/** Listens between a gateway and its plugin server. */
export interface Tap extends AsyncDisposable {
  /** Socket for the gateway. */
  readonly path: string;
  /** Names of the calls to Kong since the last look. */
  calls(): string[];
}

/** @param server the plugin server's socket */
export async function startTap(server: string): Promise<Tap> {
  const path = `${server}.tap`;
  let calls: string[] = [];
  const listener = createServer((kong) => {
    const behind = connect(server);
    const decoder = new FrameDecoder();
    behind.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (frame) => {
        const text = frame.toString('latin1');
        if (/^kong\.[a-z_.]+$/.test(text)) calls.push(text);
      }),
    );
    kong.pipe(behind).pipe(kong);
    for (const end of [kong, behind]) {
      end.on('error', () => undefined);
      end.on('close', () => [kong, behind].forEach((socket) => socket.destroy()));
    }
  }).listen(path);
  await once(listener, 'listening');
  return {
    path,
    calls: () => {
      const since = calls;
      calls = [];
      return since;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await Promise.resolve();
    },
  };
}
