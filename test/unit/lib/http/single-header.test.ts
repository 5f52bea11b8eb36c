import { describe, expect, it } from 'vitest';
import { McpError } from '../../../../lib/errors/errors.js';
import { singleHeader } from '../../../../lib/http/single-header.js';

describe('singleHeader', () => {
  it('answers the value without surrounding spaces and tabs', () => {
    expect(singleHeader({ a: 'x' }, 'a')).toBe('x');
    expect(singleHeader({ a: ' \tx y\t ' }, 'a')).toBe('x y');
    expect(singleHeader({ a: ['x '] }, 'a')).toBe('x');
    expect(singleHeader({ a: ' ' }, 'a')).toBe('');
  });

  it('keeps other whitespace, which a header value may not hold', () => {
    expect(singleHeader({ a: '\u00a0x\n' }, 'a')).toBe('\u00a0x\n');
  });

  it('answers undefined where the header is absent', () => {
    expect(singleHeader({}, 'a')).toBeUndefined();
    expect(singleHeader({ a: undefined }, 'a')).toBeUndefined();
    expect(singleHeader({ a: [] }, 'a')).toBeUndefined();
    expect(singleHeader({}, 'constructor')).toBeUndefined();
  });

  it('refuses a repeated header, even with equal values, and quotes none', () => {
    expect(() => singleHeader({ a: ['x', 'x'] }, 'a')).toThrow(
      new McpError('invalid_request', 'the header a is repeated'),
    );
  });
});
