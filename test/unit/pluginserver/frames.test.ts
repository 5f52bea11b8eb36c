import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeFrames,
  FrameDecoder,
  FrameTooLargeError,
} from '../../../kong/pluginserver/wire/frames.js';

function decodeInChunks(stream: Buffer, sizes: readonly number[], limit?: number): Buffer[] {
  const decoder = new FrameDecoder(limit);
  const frames: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, stream.length]) {
    decoder.push(stream.subarray(at, at + size), (frame) => frames.push(Buffer.from(frame)));
    at = Math.min(at + size, stream.length);
  }
  return frames;
}

test('a frame is its length as uint32, little endian, then its bytes', () => {
  expect(encodeFrames([Buffer.from('abc'), Buffer.alloc(0)]).toString('hex')).toBe(
    '03000000616263' + '00000000',
  );
});

test('frames come out as they went in, however the stream is cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
  fc.assert(
    fc.property(payloads, cuts, (frames, sizes) => {
      const got = decodeInChunks(encodeFrames(frames), sizes);
      expect(got).toEqual(frames.map((frame) => Buffer.from(frame)));
    }),
  );
});

describe('a frame above the limit', () => {
  test('is refused as soon as its length is known', () => {
    const decoder = new FrameDecoder(10);
    const prefix = Buffer.from([11, 0, 0, 0]);
    expect(() => decoder.push(prefix, () => undefined)).toThrow(FrameTooLargeError);
  });

  test('does not take the frames before it along', () => {
    const decoder = new FrameDecoder(10);
    const frames: string[] = [];
    const stream = encodeFrames([Buffer.from('fits'), Buffer.alloc(11)]);
    expect(() => decoder.push(stream, (frame) => frames.push(frame.toString()))).toThrow(
      FrameTooLargeError,
    );
    expect(frames).toEqual(['fits']);
  });

  test('is one byte longer than the longest that is taken', () => {
    expect(decodeInChunks(encodeFrames([Buffer.alloc(10)]), [3, 4], 10)).toEqual([
      Buffer.alloc(10),
    ]);
  });
});
