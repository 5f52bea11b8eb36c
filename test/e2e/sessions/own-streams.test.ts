import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool } from '../../support/rpc.js';
import { untilListed } from '../../support/rig/listed.js';
import { startOpenEndpoint } from '../../support/rig/one-endpoint.js';
import type { OpenEndpoint } from '../../support/rig/one-endpoint.js';
import { startAskingServer } from '../../support/upstreams/asking-server.js';
import type { AskingServer } from '../../support/upstreams/asking-server.js';

/** Long enough that nothing heard here can come of it. */
const hour = 3_600;

describe('what a server says on its own stream, in a session that callers share', () => {
  let asking: AskingServer;
  let mcp: OpenEndpoint;

  beforeAll(async () => {
    asking = await startAskingServer();
    const servers = [{ name: 'asking', url: asking.url }];
    mcp = await startOpenEndpoint({ aggregate: { servers, list_ttl: hour } });
    await untilListed(mcp.url, ['asking__ask']);
  });
  afterAll(async () => {
    await mcp?.stop();
    await asking?.close();
  });

  it('a question is refused at once, so that the tool goes on', async () => {
    for (let n = 0; n < 6; n++) {
      const { message } = await callTool(mcp.url, 'asking__ask', {});
      expect(message?.result).toMatchObject({
        content: [{ text: expect.stringContaining('declared no capability') }],
      });
    }
  });

  it('a changed list is told to clients, with what is in it now', async () => {
    const client = new Client({ name: 'hears', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(mcp.url));
    await client.connect(transport);
    const told = new Promise<void>((resolve) => {
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
    });
    await client.callTool({ name: 'asking__grow', arguments: {} });
    await told;
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('asking__grown-2');
    await client.close();
  });
});
