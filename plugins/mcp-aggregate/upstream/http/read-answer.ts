import { parseMediaType } from '../../../../lib/http/media-type.js';
import type { ServerConfig } from '../../config.js';
import { protocolBroken, tooLarge } from '../failures.js';
import type { HttpAnswer } from './http-endpoint.js';
import { sseMessages } from './sse.js';

/**
 * The messages of a 2xx answer to a request, as they arrive.
 * @throws McpError `upstream_protocol` for anything but JSON or an event stream in UTF-8,
 *   `upstream_too_large` for a message over the server's limit
 */
export function messagesOf(server: ServerConfig, answer: HttpAnswer): AsyncIterable<Buffer> {
  const { headers, body } = answer;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw protocolBroken(server.name, 'answered with a content encoding nobody asked for');
  }
  const media = typeof headers['content-type'] === 'string' && headers['content-type'];
  const parsed = media ? parseMediaType(media) : undefined;
  const charset = parsed?.params.get('charset')?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw protocolBroken(server.name, 'answered in a charset other than UTF-8');
  }
  switch (parsed?.type) {
    case 'application/json':
      return jsonMessage(server, body);
    case 'text/event-stream':
      return sseMessages(server, body);
    default:
      throw protocolBroken(
        server.name,
        'answered with a content type that is neither JSON nor an event stream',
      );
  }
}

async function* jsonMessage(
  server: ServerConfig,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const limit = server.maxResponseBytes;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) {
      throw tooLarge(server.name, `an answer of more than ${limit} bytes`, limit);
    }
    chunks.push(chunk);
  }
  yield Buffer.concat(chunks);
}
