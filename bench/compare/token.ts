import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** `token.js RESOURCE FOLDER`: writes an access token and the key that it is verified with. */
const [resource = '', folder = ''] = process.argv.slice(2);
const { publicKey, privateKey } = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' };
const claims = { sub: 'bench', client_id: 'bench', scope: 'mcp:tools' };
const token = await new SignJWT(claims)
  .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
  .setIssuer('https://issuer.test')
  .setAudience(resource)
  .setIssuedAt()
  .setExpirationTime('6h')
  .sign(privateKey);
writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }), { mode: 0o600 });
writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
