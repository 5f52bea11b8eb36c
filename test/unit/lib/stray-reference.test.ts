import { describe, expect, it } from 'vitest';
import { refuseStrayReferences } from '../../../lib/config/stray-reference.js';

describe('a vault reference that Kong has not resolved', () => {
  it.each([
    [
      { servers: [{ name: 'a', headers: { X: 'Bearer {vault://env/x}' } }] },
      'servers[a].headers.X',
    ],
    [{ list: ['fine', '{vault://env/x'] }, 'list[2]'],
    [{ instructions: 'see {vault:x}' }, 'instructions'],
  ])('is refused by the name of its field: %j', (config, field) => {
    const refused = () => refuseStrayReferences(config);
    expect(refused).toThrow(`${field}: holds a vault reference that Kong has not resolved`);
    expect(refused).not.toThrow('env/x');
  });

  it('is none in what Kong itself keeps of those that it has resolved', () => {
    const headers = { X: 'resolved', $refs: { X: '{vault://env/x}' } };
    const kong = { $refs: { a: '{vault://env/x}' }, __key__: '{vault:', servers: [{ headers }] };
    expect(() => refuseStrayReferences(kong)).not.toThrow();
  });
});
