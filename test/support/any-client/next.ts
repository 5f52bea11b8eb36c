import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { VersionNegotiationOptions } from '@modelcontextprotocol/client';
import { capabilities, info, recorder, transportOptions } from './contract.js';
import type { AnyClient, Connect, Methods } from './contract.js';
import { inSession } from './session.js';

type Mode = NonNullable<VersionNegotiationOptions['mode']>;

/** SDK v2's client, which opens in this mode. */
export const connectNextAs =
  (mode: Mode): Connect =>
  async (url, answers, token) => {
    const client = new Client(info, { capabilities, versionNegotiation: { mode } });
    const { asked, heard, answer, hear } = recorder(answers);
    client.setRequestHandler('sampling/createMessage', answer);
    client.setRequestHandler('elicitation/create', answer);
    client.setRequestHandler('roots/list', answer);
    client.setNotificationHandler('notifications/message', hear);
    client.setNotificationHandler('notifications/resources/updated', hear);
    client.setNotificationHandler('notifications/tools/list_changed', hear);
    await client.connect(new StreamableHTTPClientTransport(new URL(url), transportOptions(token)));
    const withProgress: AnyClient['withProgress'] = async (name, args, timeout = 60_000) => {
      const steps: unknown[] = [];
      const onprogress = (step: unknown) => void steps.push(step);
      return [await client.callTool({ name, arguments: args }, { onprogress, timeout }), steps];
    };
    const whileWanted: AnyClient['whileWanted'] = (name, signal) =>
      client.callTool({ name, arguments: {} }, { signal });
    const methods = client as unknown as Methods;
    const ways = client.getProtocolEra() === 'modern' ? byRequest(client) : inSession(methods);
    const revision = () => client.getNegotiatedProtocolVersion() ?? '';
    return { client: methods, revision, asked, heard, withProgress, whileWanted, ...ways };
  };

/** SDK v2's client, in the era with sessions. */
export const connectNext: Connect = connectNextAs('legacy');

/** How one logs and watches without a session. */
function byRequest(client: Client): Pick<AnyClient, 'withLog' | 'watch'> {
  return {
    withLog: (name, args) => {
      const _meta = { 'io.modelcontextprotocol/logLevel': 'info' };
      return client.callTool({ name, arguments: args, _meta });
    },
    watch: async (uris) => {
      const filter = { toolsListChanged: true, resourceSubscriptions: [...uris] };
      const subscription = await client.listen(filter);
      return () => subscription.close();
    },
  };
}
