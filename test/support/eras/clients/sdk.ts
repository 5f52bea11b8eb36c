import { connectFirst, connectNextAs } from '../../any-client.js';
import type { AnyClient, Answers } from '../../any-client.js';
import type { Story, Told, Teller } from '../story.js';

export const answers = {
  'elicitation/create': { action: 'accept', content: { seat: '12A' } },
};

/** The clients of both SDK lines for TypeScript. */
export const firstSdk: Teller = telling(connectFirst);
export const nextSdk = (mode: Parameters<typeof connectNextAs>[0]): Teller =>
  telling(connectNextAs(mode));

/** Connects anew for each story. */
export function telling(connect: (url: string, answers: Answers) => Promise<AnyClient>): Teller {
  return async (stories) => {
    const told: Told[] = [];
    for (const story of stories) {
      const client = await connect(story.url, answers);
      told.push(await tell(client, story));
      await client.client.close();
    }
    return told;
  };
}

/** Tells a story by a client that is connected already. */
export async function tell({ client, asked, revision }: AnyClient, story: Story): Promise<Told> {
  const { tools } = await client.listTools();
  const own = [story.ask, story.echo, story.sum];
  const call = (name: string, args: Record<string, unknown>) =>
    client.callTool({ name, arguments: args });
  const echoed = await call(story.echo, { message: 'hello' });
  const summed = await call(story.sum, { a: 2, b: 3 });
  const seated = await call(story.ask, { flight: 'KP 1' });
  const prompt = await client.getPrompt({ name: story.prompt, arguments: { name: 'Ann' } });
  const read = await client.readResource({ uri: story.resource });
  const [{ text: noted } = { text: undefined }] = read.contents as { text?: string }[];
  return {
    revision: revision(),
    listed: tools.map(({ name }) => name).filter((name) => own.includes(name)),
    echo: firstText(echoed.content),
    sum: summed.structuredContent,
    seat: firstText(seated.content),
    asked: String(asked[0]?.params?.['message']),
    prompt: firstText(prompt.messages.map(({ content }) => content)),
    note: String(noted),
  };
}

function firstText(content: unknown): string {
  return (content as { text?: string }[])[0]?.text ?? '';
}
