import { log } from '../../../lib/log.js';

type Env = Readonly<Record<string, string | undefined>>;
export type Signal = 'traces' | 'metrics';

const general = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const usualProtocol = 'http/protobuf';

/**
 * Whether a signal is exported, after OpenTelemetry's own variables: only where a collector is named.
 * What cannot be followed leaves it off and is logged: no call fails for it.
 */
export function isExported(signal: Signal, env: Env): boolean {
  const upper = signal.toUpperCase();
  const own = `OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`;
  const place = [own, general].find((name) => given(env, name) !== undefined);
  if (place === undefined || given(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true')
    return false;
  const exporter = `OTEL_${upper}_EXPORTER`;
  const wanted = given(env, exporter) ?? 'otlp';
  if (wanted === 'none') return false;
  if (wanted !== 'otlp') return refused(signal, exporter, 'only otlp and none are known here');
  const protocol = [`OTEL_EXPORTER_OTLP_${upper}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL'].find(
    (name) => given(env, name) !== undefined,
  );
  if (protocol !== undefined && given(env, protocol) !== usualProtocol) {
    return refused(signal, protocol, `only ${usualProtocol} is spoken here`);
  }
  if (isHttp(env[place]!)) return true;
  return refused(signal, place, 'is no URL of http or https');
}

function given(env: Env, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** The value is not quoted: it may hold what nobody else should read. */
function refused(signal: Signal, variable: string, reason: string): false {
  log('error', 'telemetry_refused', { signal, variable, reason });
  return false;
}
