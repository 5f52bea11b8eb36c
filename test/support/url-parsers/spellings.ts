import fc from 'fast-check';

/** URIs of protected resources; their paths are all below one folder, or one file. */
const targets = [
  'file:///srv/secret/x',
  'file:///srv/secret/deep/er.txt',
  'file:///srv/secret/',
  'file:///srv/key.pem',
  'https://wiki.example/secret/x',
  'https://wiki.example/secret/x?q=1',
  'vault://wiki.example/secret/x',
  'vault:///secret/x',
] as const;

type Spell = (uri: string, at: number, other: number) => string;

const pieces = [
  ...['/', '//', '/./', '/../', '/x/../', '/%2e%2e/', '/x/%2e%2e/', '/.%2e/', '/%252e%252e/'],
  ...['%2f', '%252f', '%5c', '\\', '/..\\', '..;/', ';a=b', '/;x/..', '%2e', '%00', '%0a', ' '],
  ...[
    '?',
    '#',
    '?/../',
    '#/../secret/',
    '%3f',
    '%23',
    '@',
    'user@',
    'user:pw@',
    ':443',
    ':',
    '%3a',
  ],
  ...['localhost', 'LOCALHOST', '127.0.0.1', '.', '。', '％', '\u00ad', '\u200b', '%c0%ae', '%e9'],
  ...['c:', 'c|', '|', '*', '+', '%', '%u002e', '\ufffd', '/srv/', '/secret/', 'file://', '..'],
];

const spells: readonly Spell[] = [
  (uri, at) => uri.slice(0, at) + escaped(uri.slice(at, at + 1)) + uri.slice(at + 1),
  (uri, at) => uri.slice(0, at) + escaped(escaped(uri.slice(at, at + 1))) + uri.slice(at + 1),
  (uri, at, other) => uri.slice(0, at) + pieces[other % pieces.length]! + uri.slice(at),
  (uri, at) => uri.slice(0, at) + uri.slice(at, at + 4).toUpperCase() + uri.slice(at + 4),
  (uri, _at, other) => uri.replace(/:\/*/, `:${'/'.repeat(other % 6)}`),
  (uri, _at, other) => uri.replace(/^([a-z]+:\/\/)/i, `$1${pieces[other % pieces.length]!}`),
  (uri, _at, other) => uri.replace(/^(https:\/\/)[^/]*/, `$1${hosts[other % hosts.length]!}`),
  (uri) => uri.replaceAll('/', '\\'),
  (uri) => uri.replace('/secret', '/public/../secret'),
  (uri) => uri.replace('/secret', '/secret/a/../../secret'),
  (uri) => uri + '/',
  (uri) => ` ${uri} `,
  (uri) => uri.replace(/^file:\/\//, ''),
];

const hosts = [
  ...['wiki.example:443', 'WIKI.example', 'wiki.example.', 'wiki.example:0443', 'wiki.example:'],
  ...[
    'ｗｉｋｉ.example',
    'wiki。example',
    'wiki%2eexample',
    'wi\u00adki.example',
    'user@wiki.example',
  ],
  ...[
    'wi\u212ai.example',
    'xn--wiki-.example',
    'wiki.example:8443',
    '/wiki.example',
    ':@wiki.example',
  ],
];

function escaped(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

/** One of the protected URIs, spelled otherwise in up to four ways. */
export const spelling: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...targets),
    fc.array(fc.tuple(fc.nat(spells.length - 1), fc.nat(80), fc.nat(1_000)), { maxLength: 4 }),
  )
  .map(([target, steps]) =>
    steps.reduce((uri, [spell, at, other]) => {
      return spells[spell]!(uri, at % (uri.length + 1), other);
    }, target as string),
  )
  // What holds a control character never gets to a rule: the reader of messages refuses it.
  .filter((uri) => !/[\p{Cc}\p{Cs}]/u.test(uri));
