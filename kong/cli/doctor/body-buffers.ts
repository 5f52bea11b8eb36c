import { bytesIn } from '../../kong-conf.js';
import type { Finding } from '../validate/finding.js';
import { about } from './report.js';

/** What the plugins take by default, and docs/install.md asks for. */
const bufferWanted = '1m';
const bodyWanted = '10m';

/** A body above nginx's buffer goes to a file that the plugin server may not read. */
export function bodyBufferFindings(
  file: string,
  settings: ReadonlyMap<string, string>,
): readonly Finding[] {
  const say = about(file);
  const findings: Finding[] = [];
  const buffer = settings.get('nginx_http_client_body_buffer_size') ?? '8k';
  const size = bytesIn(buffer);
  if (size === undefined || size < 1024 * 1024) {
    const message = `is ${buffer}: a larger request goes to a file of Kong’s own, and is refused`;
    const mend = `nginx_http_client_body_buffer_size = ${bufferWanted}`;
    findings.push(say.error('nginx_http_client_body_buffer_size', message, mend));
  }
  const most = settings.get('nginx_http_client_max_body_size') ?? '0';
  const bound = bytesIn(most);
  if (bound === 0) {
    const message = 'is unbounded: nginx takes in what the plugins refuse afterwards';
    const mend = `nginx_http_client_max_body_size = ${bodyWanted}`;
    findings.push(say.warning('nginx_http_client_max_body_size', message, mend));
  } else if (bound !== undefined && size !== undefined && bound < size) {
    const message = `is ${most}, less than the buffer of ${buffer}: larger requests get Kong’s 413`;
    const mend = `nginx_http_client_max_body_size = ${bodyWanted}`;
    findings.push(say.warning('nginx_http_client_max_body_size', message, mend));
  }
  return findings;
}
