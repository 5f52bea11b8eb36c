import { describe, expect, it } from 'vitest';
import { pageModule } from '../../../support/browser/page-module.js';

interface Challenge {
  readonly error?: string;
  readonly description?: string;
  readonly scope?: string;
  readonly metadata?: string;
}
interface Challenges {
  readonly bearerChallenge: (header: string | null) => Challenge | undefined;
  readonly wantsProof: (header: string | null) => boolean;
}
interface Answers {
  readonly messagesOf: (answer: Response, limit?: number) => AsyncIterable<unknown>;
  readonly textOf: (answer: Response, limit?: number) => Promise<string>;
  readonly ask: (fetcher: () => Promise<Response>, url: string) => Promise<Response>;
}

const { bearerChallenge, wantsProof } = await pageModule<Challenges>('playground/challenge.mjs');
const { messagesOf, textOf, ask } = await pageModule<Answers>('playground/answers.mjs');

describe('a challenge', () => {
  it('is read whatever stands before and after it', () => {
    const header =
      'DPoP algs="ES256", Bearer error="insufficient_scope", scope="a b",' +
      ' error_description="say \\"please\\", twice", resource_metadata=https://gw/x, Basic realm="y"';
    expect(bearerChallenge(header)).toEqual({
      error: 'insufficient_scope',
      scope: 'a b',
      description: 'say "please", twice',
      metadata: 'https://gw/x',
    });
    expect(wantsProof(header)).toBe(false);
    expect(wantsProof('DPoP algs="ES256"')).toBe(true);
  });

  it.each([null, '', '===', '"', 'Basic realm="Bearer x=y"', `,${' '.repeat(9_000)}Bearer`])(
    'is none in %j',
    (header) => expect(bearerChallenge(header)).toBeUndefined(),
  );

  it('of any length takes no time', () => {
    const started = performance.now();
    for (const piece of ['a=', 'a="', '\\', 'a ', ', ', '"\\'])
      bearerChallenge(piece.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('an answer', () => {
  const streamOf = (pieces: readonly (string | Uint8Array)[], type = 'text/event-stream') => {
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of pieces) {
          controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
        }
        controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': type } });
  };
  const all = async (answer: Response, limit?: number) => {
    const messages = [];
    for await (const message of messagesOf(answer, limit)) messages.push(message);
    return messages;
  };

  it('is read as JSON, or as events however they are cut and their lines end', async () => {
    expect(await all(streamOf(['{"id":', '1}'], 'application/json'))).toEqual([{ id: 1 }]);
    const events =
      ': hello\r\nid: 1\ndata: {"a":\ndata: "\u00e4"}\n\ndata:{"b":2}\r\rdata: no\n\ndata: {"c"';
    const bytes = new TextEncoder().encode(events);
    for (const size of [1, 2, 3, 1_000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.slice(at * size, (at + 1) * size),
      );
      expect(await all(streamOf(pieces)), `by ${size}`).toEqual([{ a: '\u00e4' }, { b: 2 }]);
    }
  });

  it('that is too large is left', async () => {
    const large = 'x'.repeat(1_000);
    await expect(textOf(streamOf([large, large]), 1_500)).rejects.toMatchObject({
      code: 'too_large',
    });
    await expect(all(streamOf([`data: ${large}`, large]), 1_500)).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('that a browser does not hand out is unreachable', async () => {
    const refuse = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(ask(refuse, 'https://gw/mcp')).rejects.toMatchObject({
      code: 'unreachable',
      facts: { url: 'https://gw/mcp' },
    });
  });
});
