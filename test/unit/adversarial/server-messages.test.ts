import { Peer } from '../../../plugins/mcp-aggregate/upstream/conversation/peer.js';
import { sseMessages } from '../../../plugins/mcp-aggregate/upstream/http/streams/sse.js';
import { LineSplitter, mayBeMessage } from '../../../plugins/mcp-aggregate/upstream/stdio/lines.js';
import { rewriteResult } from '../../../plugins/mcp-aggregate/core/uris/rewrite-result.js';
import { prepareItems } from '../../../plugins/mcp-aggregate/core/items/prepare-items.js';
import { pageSpans } from '../../../plugins/mcp-aggregate/upstream/lists/page-spans.js';
import { readModernResult } from '../../../plugins/mcp-aggregate/upstream/modern/modern-result.js';
import { modernResult } from '../../../plugins/mcp-aggregate/core/eras/modern-result.js';
import { systemClock } from '../../../plugins/mcp-aggregate/io/clock.js';
import { anyForm } from '../../support/aggregate/any-form.js';
import { exposureOf } from '../../support/aggregate/exposure.js';
import {
  memberShapes,
  membersNamed,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';
import { serverConfig } from '../../support/upstreams/under-test.js';

const mebibyte = 1_048_576;
const text = (json: string) => Buffer.from(json);
const note = (params: string) =>
  text(`{"jsonrpc":"2.0","method":"notifications/message"${params}}`);
const answer = (member: string) => text(`{"jsonrpc":"2.0","id":1,${member}}`);

worstShape({
  input: 'one message',
  from: 'a server',
  bytes: mebibyte,
  honest: (bytes) => note(`,"params":{"level":"info","data":${records(bytes - 200)}}`),
  hostile: {
    ...placed(memberShapes, 'the envelope', (more) => note(`,${more}`)),
    ...placed(memberShapes, 'params', (more) => note(`,"params":{${more}}`)),
    ...placed(memberShapes, '_meta', (more) => note(`,"params":{"_meta":{${more}}}`)),
    ...placed(valueShapes, 'params', (more) => note(`,"params":{"data":${more}}`)),
    ...placed(memberShapes, 'a result', (more) => answer(`"result":{${more}}`)),
    ...placed(valueShapes, 'a result', (more) => answer(`"result":{"x":${more}}`)),
    ...placed(memberShapes, 'an error', (more) =>
      answer(`"error":{"code":1,"message":"",${more}}`),
    ),
    ...placed(valueShapes, 'an error', (more) =>
      answer(`"error":{"code":-32042,"message":"","data":{"elicitations":${more}}}`),
    ),
  },
  run: (bytes) => {
    const peer = new Peer('s', () => undefined);
    peer.begin('tools/call', undefined);
    return peer.receive(bytes);
  },
});

const server = serverConfig({ target: 'http://127.0.0.1:1/' });
const event = (n: number) =>
  `event: message\nid: ${n}\ndata: ${note(`,"params":{"data":${n}}`).toString()}\n\n`;
const filled = (bytes: number, part: string) => Buffer.from(part.repeat(bytes / part.length));
const chunksOf = function* (bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
};

worstShape({
  input: 'an event stream',
  from: 'a server',
  bytes: 131_072,
  honest: (bytes) => filled(bytes, event(1)),
  hostile: {
    'lines of no event': (bytes) => filled(bytes, 'a\n'),
    'a line of no event in each event': (bytes) => filled(bytes, 'a\ndata:1\n\n'),
    'bad retry lines': (bytes) => filled(bytes, 'retry:x\n'),
    'retry lines': (bytes) => filled(bytes, 'retry:1\n'),
    comments: (bytes) => filled(bytes, ':\n'),
    'empty lines': (bytes) => filled(bytes, '\n'),
    'carriage returns': (bytes) => filled(bytes, '\r'),
    'data lines': (bytes) => filled(bytes, 'data:\n'),
    'ids without events': (bytes) => filled(bytes, 'id:1\n'),
    'other events': (bytes) => filled(bytes, 'event:x\ndata:1\n\n'),
    'tiny events': (bytes) => filled(bytes, 'data:{}\n\n'),
    'a line without end': (bytes) => filled(bytes, 'data: x'),
  },
  run: async (bytes) => {
    const peer = new Peer('s', () => undefined);
    for await (const message of sseMessages(server, chunksOf(bytes) as never))
      peer.receive(message);
  },
});

worstShape({
  input: 'what it writes to stdout',
  from: 'a server',
  bytes: 131_072,
  honest: (bytes) => filled(bytes, `${note(',"params":{"data":1}').toString()}\n`),
  hostile: {
    'lines of one byte': (bytes) => filled(bytes, '1\n'),
    'empty objects': (bytes) => filled(bytes, '{}\n'),
    garbage: (bytes) => filled(bytes, 'x\n'),
    'empty lines': (bytes) => filled(bytes, '\n'),
    'line ends of two': (bytes) => filled(bytes, '\r\n'),
    'batches of nothing': (bytes) => filled(bytes, '[]\n'),
  },
  run: (bytes) => {
    const peer = new Peer('s', () => undefined);
    const take = (line: Buffer) => {
      if (!mayBeMessage(line)) return;
      try {
        peer.receive(line);
      } catch {
        // As the line does with garbage.
      }
    };
    const lines = new LineSplitter(mebibyte, take, () => undefined);
    for (const chunk of chunksOf(bytes)) lines.push(chunk);
  },
});

const item = (n: number, more = '') =>
  `{"name":"tool_${n}","description":"Creates the issue with the given title and body, and answers it.","inputSchema":{"type":"object","properties":{"title":{"type":"string"}}}${more}}`;
const page = (items: string, more = '') => text(`{"tools":[${items}]${more}}`);
const count = (bytes: number, one: string) => Math.floor(bytes / (one.length + 8));
const listed = (bytes: number, make: (n: number) => string) =>
  Array.from({ length: count(bytes, make(100_000)) }, (_, n) => make(n)).join(',');

worstShape({
  input: 'a page of a list',
  from: 'a server',
  bytes: 262_144,
  honest: (bytes) => page(listed(bytes, (n) => item(n))),
  hostile: {
    ...placed(memberShapes, 'the result', (more) => page('', `,${more}`)),
    ...placed(memberShapes, 'an item', (more) => page(item(1, `,${more}`))),
    ...placed(memberShapes, '_meta of an item', (more) => page(item(1, `,"_meta":{${more}}`))),
    ...placed(valueShapes, 'an item', (more) => page(item(1, `,"x":${more}`))),
    ...placed(valueShapes, 'the items', (more) => text(`{"tools":${more}}`)),
    'tiny items': (bytes) => page(listed(bytes, (n) => `{"name":"${n}"}`)),
    'items of 900 members': (bytes) =>
      page(listed(bytes, (n) => item(n, `,${memberShapes['small distinct keys'](7_000)}`))),
    'items of one name': (bytes) => page(listed(bytes, () => '{"name":"a"}')),
  },
  run: async (bytes) => {
    const { items = [] } = pageSpans(bytes, 'tools', 50_000);
    const raws = items.map(({ start, end }) => bytes.subarray(start, end));
    const breathe = () => systemClock.breathe();
    // Forms are left to where they are checked: large ones are on another thread.
    await prepareItems('tool', raws, exposureOf({ name: 's' }), breathe, anyForm);
  },
});

const link = (n: number) =>
  `{"type":"resource_link","uri":"file:///srv/reports/${n}.txt","name":"Report ${n}","mimeType":"text/plain"}`;
const result = (blocks: string, more = '') => text(`{"content":[${blocks}]${more}}`);
const expose = (uri: string) => `mcp+s+${uri}`;

worstShape({
  input: 'a result with links',
  from: 'a server',
  bytes: 262_144,
  honest: (bytes) => result(listed(bytes, link)),
  hostile: {
    ...placed(memberShapes, 'the result', (more) => result(link(1), `,${more}`)),
    ...placed(memberShapes, 'a block', (more) => result(`{"uri":"x:/y",${more}}`)),
    ...placed(memberShapes, '_meta', (more) => result(link(1), `,"_meta":{"ui":{${more}}}`)),
    ...placed(valueShapes, 'the content', (more) => result(`${link(1)},${more}`)),
    'small links': (bytes) => result(listed(bytes, () => '{"type":"resource_link","uri":""}')),
    'one block with many URIs': (bytes) =>
      result(`{"type":"resource_link",${listed(bytes - 100, () => '"uri":"x:y"')}}`),
    'escaped names': (bytes) =>
      result(listed(bytes, () => '{"typ\\u0065":"resource_link","ur\\u0069":"x:y"}')),
  },
  run: (bytes) => rewriteResult('tools/call', bytes, expose),
});

const knownMembers = Object.fromEntries(
  ['ttlMs', '_meta', 'requestState'].map((name) => [`only ${name}`, membersNamed(name)]),
);

worstShape({
  input: 'a result that passes between the eras',
  from: 'a server',
  bytes: mebibyte,
  honest: (bytes) => text(`{"resultType":"complete","content":[],"x":${records(bytes - 100)}}`),
  hostile: {
    ...placed(memberShapes, 'the result', (more) => text(`{"resultType":"complete",${more}}`)),
    ...placed(valueShapes, 'the result', (more) => text(`{"resultType":"complete","x":${more}}`)),
    ...placed(memberShapes, '_meta', (more) => text(`{"_meta":{${more}}}`)),
    ...placed(knownMembers, 'the result', (more) => text(`{${more}}`)),
    ...placed(memberShapes, 'questions', (more) =>
      text(`{"resultType":"input_required","inputRequests":{${more}}}`),
    ),
  },
  run: (bytes) => {
    readModernResult(bytes);
    modernResult(bytes, 'gateway', undefined);
  },
});
