// A small guard for mcp-aggregate (docs/guards.md), without dependencies:
// - on a request: denies arguments with a number that looks like that of a payment card;
// - on a result: replaces e-mail addresses in the texts that models read.
//
//   PORT=8090 node guard.mjs
import { createServer } from 'node:http';

const mostBytes = 2_097_152;
const email = /[\w.+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}/gi;
const digits = /\d(?:[ -]?\d){12,18}/g;

/** Luhn's check, which numbers of cards pass and nine of ten others do not. */
function isCard(text) {
  const reversed = text.replace(/\D/g, '').split('').reverse().map(Number);
  const sum = reversed.reduce((all, digit, n) => {
    const counted = n % 2 === 1 ? digit * 2 : digit;
    return all + (counted > 9 ? counted - 9 : counted);
  }, 0);
  return sum % 10 === 0;
}

/** Each text and number below a value, with its JSON Pointer. */
function* texts(value, path = '') {
  if (typeof value === 'string' || typeof value === 'number') yield [path, String(value)];
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
      yield* texts(inner, `${path}/${step}`);
    }
  }
}

function onRequest({ arguments: given }) {
  for (const [path, text] of texts(given)) {
    if ((text.match(digits) ?? []).some(isCard)) {
      return { action: 'deny', reason: `${path} holds what looks like the number of a card` };
    }
  }
  return { action: 'allow' };
}

function onResult({ result: { content, structuredContent } }) {
  const replacements = [];
  const inContent = /^\/content\/\d+\/(?:resource\/)?text$/;
  for (const [path, text] of texts({ content, structuredContent })) {
    if (path.startsWith('/content') && !inContent.test(path)) continue;
    const clean = text.replace(email, '[e-mail]');
    if (clean !== text) replacements.push({ path, text: clean });
  }
  return replacements.length === 0 ? { action: 'allow' } : { action: 'replace', replacements };
}

const server = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size > mostBytes) request.destroy();
    else chunks.push(chunk);
  });
  request.on('end', () => {
    try {
      const question = JSON.parse(Buffer.concat(chunks).toString());
      const answer = question.on === 'request' ? onRequest(question) : onResult(question);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    } catch {
      response.statusCode = 400;
      response.end();
    }
  });
});
server.listen(Number(process.env.PORT ?? 8090), process.env.HOST ?? '127.0.0.1');
