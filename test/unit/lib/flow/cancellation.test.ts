import { describe, expect, it } from 'vitest';
import { Cancellation } from '../../../../lib/flow/cancellation.js';

describe('a cancellation', () => {
  it('calls each listener once, in order, and knows why', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    for (const name of ['a', 'b']) cancellation.addEventListener('abort', () => heard.push(name));
    expect([cancellation.aborted, cancellation.reason]).toEqual([false, undefined]);
    const why = new Error('why');
    cancellation.abort(why);
    cancellation.abort(new Error('again'));
    expect(heard).toEqual(['a', 'b']);
    expect([cancellation.aborted, cancellation.reason]).toEqual([true, why]);
  });

  it('has a reason even where none is given, as an AbortSignal has', () => {
    const cancellation = new Cancellation();
    cancellation.abort();
    expect(cancellation.reason).toMatchObject({ name: 'AbortError' });
  });

  it('does not call who has left, nor who comes too late', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    const left = () => heard.push('left');
    cancellation.addEventListener('abort', left);
    cancellation.removeEventListener('abort', left);
    const next = () => heard.push('removed while it aborts');
    cancellation.addEventListener('abort', () => cancellation.removeEventListener('abort', next));
    cancellation.addEventListener('abort', next);
    cancellation.abort();
    cancellation.addEventListener('abort', () => heard.push('late'));
    expect(heard).toEqual([]);
  });
});
