import { BlockList, isIP } from 'node:net';

const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
// Of 2000::/3: protocol assignments with Teredo, documentation, 6to4. All else outside it is special.
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
// NAT64 (RFC 6052): the last 32 bits are an IPv4 address, which counts.
const nat64 = '64:ff9b::';

/** Words that stand for ranges. Link-local, where clouds keep credentials, has none. */
const words: Readonly<Record<string, readonly string[]>> = {
  private: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
  loopback: ['127.0.0.0/8', '::1'],
};

const mapped = blockList(['::ffff:0:0/96']);
const translated = blockList([`${nat64}/96`]);
const global6 = blockList(['2000::/3']);
const special = blockList([...special4, ...special6, ...special4.map(behindNat64)]);

/** Whether a connection to an IP address may be made. */
export type AddressRule = (address: string) => boolean;

/**
 * Allows public addresses, and of private, loopback, link-local and other special ones (RFC 6890)
 * those that `allowed` names: ranges (`10.0.0.0/8`), addresses, `private`, `loopback`.
 * @throws RangeError on an entry that is none of these
 */
export function addressRule(allowed: readonly string[]): AddressRule {
  const extra = blockList(allowed.flatMap((entry) => words[entry] ?? [entry]));
  return (address) => {
    const plain = address.replace(/%.*$/, '');
    return isIP(plain) !== 0 && (isPublic(plain) || holds(extra, plain));
  };
}

function isPublic(address: string): boolean {
  if (holds(special, address)) return false;
  if (isIP(address) === 4) return true;
  return [mapped, translated, global6].some((list) => holds(list, address));
}

/** IPv4 ranges hold for their IPv4-mapped IPv6 spellings too. */
function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits, ...more] = range.split('/');
    const version = isIP(address);
    const all = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? all : Number(bits);
    const whole = /^\d{1,3}$/.test(bits ?? '0') && prefix <= all;
    if (version === 0 || !whole || more.length > 0) throw new RangeError(range);
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function behindNat64(range: string): string {
  const [address, bits] = range.split('/');
  return `${nat64}${address}/${96 + Number(bits)}`;
}
