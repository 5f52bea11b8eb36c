import { generateKeyPairSync } from 'node:crypto';

const reference = /^\{vault:\/\/.+\}$/;

/** Values of the right form for fields whose text the readers look into. */
function placeholders(): Readonly<Record<string, string>> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' };
  return {
    client_jwk: JSON.stringify(jwk),
    jwks: JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }),
    http_proxy: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
    // Nothing to be read.
    ca_certificates: '',
  };
}

export interface Resolved {
  readonly config: Readonly<Record<string, unknown>>;
  /** The references, as written. */
  readonly references: readonly string[];
}

/** The configuration with something harmless in place of each vault reference. */
export function withPlaceholders(config: unknown): Resolved {
  const known = placeholders();
  const references: string[] = [];
  const resolve = (value: unknown, key: string): unknown => {
    if (typeof value === 'string' && reference.test(value)) {
      references.push(value);
      return known[key] ?? 'placeholder';
    }
    if (Array.isArray(value)) return value.map((entry) => resolve(entry, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, resolve(member, name)]),
    );
  };
  return { config: resolve(config, '') as Resolved['config'], references };
}
