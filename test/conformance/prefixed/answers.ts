import type { Answers } from '../../support/any-client.js';

/** What the client answers; to every form of either era the same. */
export const answers: Answers = {
  'sampling/createMessage': {
    role: 'assistant',
    model: 'test',
    content: { type: 'text', text: 'a thought' },
  },
  'elicitation/create': {
    action: 'accept',
    content: {
      ...{ username: 'ann', email: 'a@b.test' },
      ...{ name: 'Ann', color: 'blue', context: 'a test', ok: true },
    },
  },
  'roots/list': { roots: [{ uri: 'file:///home/ann', name: 'home' }] },
};
