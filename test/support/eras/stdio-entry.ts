import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { registerGrown, registerModernItems } from './modern-items.js';

/** Run by a test as a child: the items of this folder by stdio; `reject` makes it modern alone. */
const grown: string[] = [];
serveStdio(
  () => {
    const server = new McpServer(
      { name: 'stdio-eras', version: '1' },
      {
        capabilities: { logging: {}, tools: { listChanged: true }, resources: { subscribe: true } },
      },
    );
    registerModernItems(server, {
      grown,
      running: new Set(),
      toolAdded: (name) => registerGrown(server, name),
      resourceUpdated: (uri) => void server.server.sendResourceUpdated({ uri }),
    });
    return server;
  },
  { legacy: process.argv[2] === 'reject' ? 'reject' : 'serve' },
);
