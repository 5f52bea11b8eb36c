import type { Finding } from '../validate/finding.js';
import { get, objectIn } from './get.js';
import { pinFindings } from './pins.js';
import type { LintStatus, PinStatus } from './pins.js';
import { about } from './report.js';

interface Status {
  readonly version?: unknown;
  readonly refused_configurations?: readonly Readonly<Record<string, unknown>>[];
  readonly plugins?: {
    readonly 'mcp-aggregate'?: { readonly endpoints?: readonly EndpointStatus[] };
  };
}

interface EndpointStatus {
  readonly endpoint: string;
  readonly route?: string | null;
  readonly superseded?: boolean;
  readonly servers?: readonly ServerStatus[];
}

interface ServerStatus {
  readonly name: string;
  readonly state?: string;
  readonly circuit?: string;
  readonly last_error?: string | null;
  readonly pin?: PinStatus | null;
  readonly lint?: LintStatus | null;
}

/** What the plugin server says of itself: refused configurations, servers that cannot be reached. */
export async function operationsFindings(address: string): Promise<readonly Finding[]> {
  const base = address.replace(/\/$/, '');
  const say = about(base);
  let text: string;
  try {
    const { status, text: body } = await get(`${base}/status`);
    if (status !== 200) return [say.error('/status', `answers ${status}`, mendAddress)];
    text = body;
  } catch (error) {
    return [say.error('/status', `cannot be reached (${(error as Error).message})`, mendAddress)];
  }
  const status = objectIn(text) as Status | undefined;
  if (status?.plugins === undefined) return [say.error('/status', 'is none of ours', mendAddress)];
  const refused = (status.refused_configurations ?? []).map(({ plugin, route, endpoint, reason }) =>
    say.error(
      `route ${textOf(route ?? endpoint)}`,
      `the configuration of ${textOf(plugin)} is refused: ${textOf(reason)}`,
      'mend it; kong-mcp validate FILE checks a file beforehand',
    ),
  );
  const endpoints = status.plugins['mcp-aggregate']?.endpoints ?? [];
  const current = endpoints.filter(({ superseded }) => superseded !== true);
  return [...refused, ...current.flatMap((endpoint) => serversOf(endpoint, base))];
}

const mendAddress = 'start the plugin server with --operations 127.0.0.1:9464, and name it here';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'unnamed');

function serversOf({ endpoint, route, servers = [] }: EndpointStatus, base: string): Finding[] {
  const say = about(base);
  return servers.flatMap(({ name, state, circuit, last_error: why, pin, lint }) => {
    const place = `route ${route ?? endpoint}: server ${name}`;
    const ofPins = pinFindings(say, place, name, { pin, lint });
    if (state === 'failing') {
      const mend = `start it, or correct its address: servers[${name}]`;
      return [
        say.error(place, `cannot be used: ${why ?? 'its error is not known'}`, mend),
        ...ofPins,
      ];
    }
    if (circuit === undefined || circuit === 'closed') return ofPins;
    const mend = `see the log of ${name}; the circuit closes by itself when calls succeed`;
    return [say.warning(place, `its circuit is ${circuit}: calls fail at once`, mend), ...ofPins];
  });
}
