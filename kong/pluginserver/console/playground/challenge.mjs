/** One part of a `WWW-Authenticate` header (RFC 9110, 11.6.1): a comma, a pair, or a scheme. */
const part = /\s*(?:,|([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+))/gy;
const mostChars = 8_192;

/** Challenges of the header, each `{ scheme, error, … }` with names in lower case. */
export function readChallenges(header) {
  const challenges = [];
  for (const [, name, quoted, bare, scheme] of String(header).slice(0, mostChars).matchAll(part)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), params: new Map() });
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
    if (name !== undefined) challenges.at(-1)?.params.set(name.toLowerCase(), value);
  }
  return challenges;
}

/** The challenge that a page can answer; undefined where there is none, as where CORS hides it. */
export function bearerChallenge(header) {
  const found = readChallenges(header ?? '').find(({ scheme }) => scheme === 'bearer');
  if (found === undefined) return undefined;
  return {
    error: found.params.get('error'),
    description: found.params.get('error_description'),
    scope: found.params.get('scope'),
    metadata: found.params.get('resource_metadata'),
  };
}

/** Whether only a token bound to a key is taken, which this page does not have (RFC 9449). */
export function wantsProof(header) {
  const schemes = readChallenges(header ?? '').map(({ scheme }) => scheme);
  return schemes.includes('dpop') && !schemes.includes('bearer');
}
