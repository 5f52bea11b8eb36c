import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Upstream } from '../../../../plugins/mcp-aggregate/core/calls/upstream-port.js';
import { until } from '../../../support/readiness.js';
import {
  event,
  eventStream,
  json,
  resultMessage,
  startHttpFixture,
} from '../../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../../support/upstreams/http-fixture.js';
import { collect, only, testCall, urlUpstream } from '../../../support/upstreams/under-test.js';

const complete = 'notifications/elicitation/complete';
const params = { elicitationId: 'one' };
const completed = event(JSON.stringify({ jsonrpc: '2.0', method: complete, params }));
const logged = event(
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}',
);

const byUrl = { elicitation: { form: {}, url: {} } };
const byForm = { elicitation: { form: {} } };

let fixture: HttpFixture;
let upstream: Upstream;
let own: ServerResponse | undefined;
let said: string[];

async function setUp(trusted: boolean) {
  fixture = await startHttpFixture({ capabilities: '{"tools":{},"logging":{}}' });
  upstream = urlUpstream(fixture.url, { trusted });
  said = [];
  upstream.onSaid((conversation, { method }) => said.push(`${conversation} ${method}`));
  fixture.on('logging/setLevel', (arrived, response) =>
    json(response, resultMessage(arrived, '{}')),
  );
  fixture.on('GET', (_arrived, response) => {
    own = response;
    eventStream(response);
  });
}

afterEach(async () => {
  await upstream.close();
  await fixture.close();
});

/** The session has a stream of its own whoever the server is, since it has set a log level. */
const call = (capabilities: object) =>
  upstream.call(testCall('{}', { conversation: 'a', capabilities, logLevel: 'debug' }));

/** Who may be told of URLs: a client that visits them, of a server that may send it there. */
const cases: [string, boolean, object, boolean][] = [
  ['a trusted server to a client that visits URLs', true, byUrl, true],
  ['a trusted server to a client for forms alone', true, byForm, false],
  ['any other server', false, byUrl, false],
];

describe('that an elicitation is complete', () => {
  it.each(cases)('outside of calls: from %s (trusted: %s)', async (_by, trusted, can, passes) => {
    await setUp(trusted);
    await only(call(can));
    await fixture.until('GET');
    own!.write(completed + logged);
    await until(() => Promise.resolve(said.includes('a notifications/message')), {
      what: 'nothing was heard',
    });
    expect(said.includes(`a ${complete}`)).toBe(passes);
  });

  it.each(cases)('within a call: from %s (trusted: %s)', async (_by, trusted, can, passes) => {
    await setUp(trusted);
    fixture.on('tools/call', (arrived, response) => {
      eventStream(response);
      response.end(completed + logged + event(resultMessage(arrived, '{}')));
    });
    const notes = (await collect(call(can))).flatMap((seen) => ('note' in seen ? seen.note : []));
    expect(notes).toEqual([...(passes ? [complete] : []), 'notifications/message']);
    expect(said).toEqual([]);
  });
});

describe('an error that sends the client to URLs first', () => {
  const elicitations = `[{"mode":"url","message":"Pay","url":"https://x"},7,{"n":1e400,"message" : "","message":1}]`;
  const refuse = (code: string, data: string) =>
    fixture.on('tools/call', (arrived, response) => {
      const error = `{"code":${code},"message":"visit","data":${data}}`;
      json(response, `{"jsonrpc":"2.0","id":${arrived.id},"error":${error}}`);
    });

  it('says in each message which server asks, every other byte kept', async () => {
    await setUp(true);
    refuse('-32042', `{"elicitations":${elicitations}}`);
    expect(await only(call(byUrl))).toEqual({
      answered: `{"code":-32042,"message":"visit","data":{"elicitations":[{"mode":"url","message":"[srv] Pay","url":"https://x"},7,{"n":1e400,"message" : "[srv] ","message":1}]}}`,
    });
  });

  it.each(cases.filter(([, , , passes]) => !passes))(
    'does not pass from %s',
    async (_by, trusted, can) => {
      await setUp(trusted);
      for (const code of ['-32042', '-32042.0', '-3.2042E4']) {
        refuse(code, `{"elicitations":${elicitations}}`);
        const seen = await only(call(can));
        expect(seen).toMatchObject({ fail: 'upstream_protocol' });
        expect(JSON.stringify(seen)).not.toContain('https://x');
      }
    },
  );

  it.each(['null', '[]', '{"elicitations":{}}', '{"elicitations":[[]]}'])(
    'passes as it is where its data is %s',
    async (data) => {
      await setUp(true);
      refuse('-32042', data);
      expect(await only(call(byUrl))).toEqual({
        answered: `{"code":-32042,"message":"visit","data":${data}}`,
      });
    },
  );
});
