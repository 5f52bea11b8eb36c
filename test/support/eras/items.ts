/** What every server of this folder offers under the same names, whichever SDK it is made with. */
export const names = {
  echo: 'echo',
  sum: 'sum',
  ask: 'ask',
  insist: 'insist',
  link: 'link',
  twice: 'twice',
  atOnce: 'at-once',
  wait: 'wait',
  think: 'think',
  look: 'look',
  steps: 'steps',
  grow: 'grow',
  touch: 'touch',
  prompt: 'greet',
  asking: 'greet-asked',
  resource: 'note://today',
  askingResource: 'note://asked',
  template: 'note://{day}',
} as const;

/** Description of what `grow` has added. */
export const cameLater = 'Came later';

/** The form of `ask` and `insist`. */
export const seatForm = {
  type: 'object' as const,
  properties: { seat: { type: 'string' as const, title: 'Seat' } },
  required: ['seat'],
};

export const question = (flight: string): string => `Which seat on ${flight}?`;

/** Where `link` leads. */
export const link = { message: 'Please pay', url: 'https://example.com/pay' };

/** Both questions of `twice`, which asks one after the other, and of `at-once`. */
export const meals = ['starter', 'main'] as const;

/** The text of `ask` and `insist`, by what the client has answered. */
export function booked(answer: { readonly action: string; readonly content?: unknown }): string {
  const { seat } = (answer.content ?? {}) as { seat?: string };
  return answer.action === 'accept' ? `seat ${seat}` : answer.action;
}

/** What `think` has the client's model complete. */
export const sampling = (prompt: string) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }],
  maxTokens: 20,
});

export const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

export const greeting = (name: string) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text: `Greet ${name}` } }],
});

export const note = (uri: string) => ({
  contents: [{ uri, mimeType: 'text/plain', text: `noted at ${uri}` }],
});

const people = ['Ann', 'Anton', 'Berta'];
const days = ['monday', 'tuesday'];
const beginning = (all: string[]) => (value: string | undefined) =>
  all.filter((one) => one.startsWith(value ?? ''));

export const completePeople = beginning(people);
export const completeDays = beginning(days);
