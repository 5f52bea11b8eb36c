import { event, eventStream, json, resultMessage } from '../http-fixture.js';
import { broken, inCalls, textResult, wild } from './animal.js';
import type { Animal } from './animal.js';

const noMessage = broken('sent something that is not a JSON-RPC message');
const noResult = broken('ended its answer before the result');
const note = (text: string) =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":${text}}`;

/** Servers whose JSON-RPC is not what was asked for. */
export const wrongAnswers: readonly Animal[] = [
  inCalls('answers-twice', { text: 'first' }, (arrived, response) => {
    eventStream(response);
    response.write(event(resultMessage(arrived, textResult('first'))));
    response.end(event(resultMessage(arrived, textResult('second'))));
  }),
  inCalls('answers-other-ids', noResult, (arrived, response) => {
    eventStream(response);
    for (let id = 0; id < 50; id++) {
      if (String(id) === arrived.id) continue;
      response.write(event(resultMessage({ id: String(id) }, textResult('not yours'))));
    }
    response.end(event(resultMessage({ id: `"${arrived.id}x"` }, textResult('nobody'))));
  }),
  inCalls('repeats-a-key', noMessage, (arrived, response) =>
    json(response, `{"jsonrpc":"2.0","id":${arrived.id},"id":1,"result":${textResult('which?')}}`),
  ),
  inCalls('breaks-lines-in-strings', noMessage, (arrived, response) =>
    json(response, resultMessage(arrived, '{"content":[{"type":"text","text":"a\nb"}]}')),
  ),
  inCalls('writes-bad-utf8', noMessage, (arrived, response) => {
    const [head = '', tail = ''] = resultMessage(arrived, textResult('~')).split('~');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(Buffer.concat([Buffer.from(head), Buffer.from([0xc3, 0x28]), Buffer.from(tail)]));
  }),
  inCalls(
    'streams-bad-utf8',
    broken('sent an event stream that is not UTF-8'),
    (_arrived, response) => {
      eventStream(response);
      response.end(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x0a, 0x0a]));
    },
  ),
  inCalls(
    'fails-without-a-code',
    broken('sent an error without a code and a message'),
    (arrived, response) =>
      json(response, `{"jsonrpc":"2.0","id":${arrived.id},"error":{"reason":"secret"}}`),
  ),
  {
    name: 'asks-unbidden',
    start: () =>
      wild(({ on }) => {
        let finish: (code: unknown) => void = () => undefined;
        on('tools/call', (arrived, response) => {
          finish = (code) =>
            response.end(event(resultMessage(arrived, textResult(`refused: ${String(code)}`))));
          eventStream(response);
          const params = { messages: [], maxTokens: 1 };
          const ask = { jsonrpc: '2.0', id: 'mine', method: 'sampling/createMessage', params };
          response.write(event(JSON.stringify(ask)));
        });
        on('reply', ({ body }, response) => {
          response.writeHead(202).end();
          finish((JSON.parse(body) as { error?: { code: number } }).error?.code);
        });
      }),
    shows: { text: 'refused: -32601' },
  },
  inCalls('speaks-for-others', { text: 'only mine' }, (arrived, response) => {
    eventStream(response);
    for (let token = 0; token < 100; token++) {
      if (token === arrived.params._meta?.progressToken) continue;
      const params = { progressToken: token, progress: 1, message: 'not yours' };
      const method = 'notifications/progress';
      response.write(event(JSON.stringify({ jsonrpc: '2.0', method, params })));
    }
    response.write(event(note('{"level":"info","data":"log"}')));
    response.end(event(resultMessage(arrived, textResult('only mine'))));
  }),
];
