import { connectV1 } from './sdk-v1.js';
import { connectV2 } from './sdk-v2.js';
import { StoredProvider } from './stored-provider.js';
import { here, show, storage } from './window.js';

/** What the page is to do; it is kept across the redirects of a login. */
interface Task {
  readonly sdk: 'v1' | 'v2';
  readonly endpoint: string;
  readonly tool: string;
}

/** An MCP client in a browser: logs in by redirects, calls a tool, and shows what it says. */
async function run(): Promise<void> {
  storage.removeItem('leaving');
  const { searchParams } = new URL(here());
  const asked = searchParams.get('task');
  if (asked !== null) storage.setItem('task', asked);
  const { sdk, endpoint, tool } = JSON.parse(storage.getItem('task') ?? '{}') as Task;
  const provider = new StoredProvider();
  const connect = sdk === 'v1' ? connectV1 : connectV2;
  const answer = searchParams.has('state') ? searchParams : undefined;
  if (answer !== undefined && answer.get('state') !== provider.state()) throw new Error('state');
  const client = await connect(endpoint, provider, answer);
  const said = await client.call(tool);
  await client.end();
  show(`done: ${said}`);
}

run().catch((error: unknown) => {
  // A login that begins ends this page: what it throws is no failure.
  if (storage.getItem('leaving') === null) show(`failed: ${String(error)}`);
});
