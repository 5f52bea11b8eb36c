import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';

/** How this gateway proves to an authorization server which client it is (RFC 6749, RFC 7523). */
export type ClientAuthentication =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | {
      readonly method: 'private_key_jwt';
      readonly clientId: string;
      /** Private key; its `alg` says how to sign. */
      readonly key: JWK & { readonly alg: string };
      /** `aud` of the assertion: the issuer identifier, or what the server asks for. */
      readonly audience: string;
    };

/** What goes into a request to prove it. */
export interface ClientProof {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
}

const assertionSeconds = 60;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Proof for one request at `now` (milliseconds): assertions are good once. */
export async function clientProof(client: ClientAuthentication, now: number): Promise<ClientProof> {
  const { clientId } = client;
  if (client.method === 'private_key_jwt') {
    const form = {
      client_id: clientId,
      client_assertion_type: assertionType,
      client_assertion: await assertion(clientId, client.key, client.audience, now),
    };
    return { headers: {}, form };
  }
  if (client.method === 'client_secret_post') {
    return { headers: {}, form: { client_id: clientId, client_secret: client.secret } };
  }
  const credentials = `${formEncoded(clientId)}:${formEncoded(client.secret)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { headers: { authorization }, form: {} };
}

async function assertion(
  clientId: string,
  key: JWK & { readonly alg: string },
  audience: string,
  now: number,
): Promise<string> {
  const issued = Math.floor(now / 1000);
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: key.alg, ...(key.kid ? { kid: key.kid } : {}), typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(issued)
    .setExpirationTime(issued + assertionSeconds)
    .sign(await importJWK(key, key.alg));
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
