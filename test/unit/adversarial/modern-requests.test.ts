import { randomBytes } from 'node:crypto';
import { Sealer } from '../../../lib/handles/seal.js';
import { admitBody } from '../../../plugins/mcp-aggregate/core/admit/admit.js';
import { readListenFilter } from '../../../plugins/mcp-aggregate/core/admit/listen-filter.js';
import { readModernRequest } from '../../../plugins/mcp-aggregate/core/admit/modern-request.js';
import { checkedAnswer } from '../../../plugins/mcp-aggregate/core/eras/input-answers.js';
import { RequestStates } from '../../../plugins/mcp-aggregate/endpoint/modern/rounds/request-states.js';
import {
  memberShapes,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';
import { mirroring, modernVersion } from '../../support/aggregate/modern.js';

const version = `"io.modelcontextprotocol/protocolVersion":"${modernVersion}"`;
const capable = (more: string) => `"io.modelcontextprotocol/clientCapabilities":{${more}}`;
const states = new RequestStates(new Sealer([randomBytes(32)]), Date.now);
const owner = { endpoint: 'e', principal: 'p' };

function request(method: string, params: string, meta = capable('')): Buffer {
  const said = `"_meta":{${version},${meta}},${params}`;
  return Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":{${said}}}`);
}

const call = (params: string, meta?: string) => request('tools/call', `"name":"t",${params}`, meta);
const listen = (filter: string) => request('subscriptions/listen', `"notifications":{${filter}}`);
const state = (text: string) => call(`"requestState":"${text}"`);

/** As far as a request is looked into before its server is known. */
function read(bytes: Buffer): void {
  const isCall = bytes.includes('tools/call');
  const headers = isCall
    ? mirroring('tools/call', { name: 't' })
    : mirroring('subscriptions/listen');
  const { messages } = admitBody(bytes, headers, () => undefined, [modernVersion]);
  const [message] = messages;
  if (message?.kind !== 'request') throw new Error('no request');
  if (!isCall) return void readListenFilter(bytes, message.params);
  const said = readModernRequest(bytes, message.params);
  if (said.state !== undefined) states.open(owner, said.state);
  for (const method of ['elicitation/create', 'roots/list', 'sampling/createMessage']) {
    for (const [key, raw] of said.answers) checkedAnswer(key, method, raw);
  }
}

worstShape({
  input: 'a request of a client without sessions',
  from: 'a caller',
  bytes: 262_144,
  honest: (bytes) => call(`"arguments":{"x":${records(bytes - 300)}}`),
  hostile: {
    ...placed(memberShapes, 'capabilities', (more) => call('"arguments":{}', capable(more))),
    ...placed(memberShapes, 'a capability', (more) =>
      call('"arguments":{}', capable(`"elicitation":{${more}}`)),
    ),
    ...placed(memberShapes, 'answers', (more) => call(`"inputResponses":{${more}}`)),
    ...placed(memberShapes, 'an answer', (more) =>
      call(`"inputResponses":{"k":{"action":"accept","roots":[],"role":"x","content":{},${more}}}`),
    ),
    ...placed(memberShapes, 'a filter', (more) => listen(more)),
    ...placed(valueShapes, 'resources', (more) => listen(`"resourceSubscriptions":${more}`)),
    'a state without end': (bytes) => state('A'.repeat(bytes - 300)),
    'a state of what no state has': (bytes) => state('ß'.repeat((bytes - 300) / 2)),
  },
  // Measured: one key in an answer costs 5.3 to 5.8. Its members are stepped over by each who looks
  // for some of them, and modules that call each other do so more slowly in tests: bundled it is 3.3.
  times: 6.5,
  run: read,
});
