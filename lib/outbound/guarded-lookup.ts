import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRule } from './address-rule.js';
import { OutboundError } from './outbound-error.js';

/** Resolves a name to all of its addresses. */
export type Lookup = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Name resolution for connections: answers only addresses that `allows` admits. The check is made on
 * the very answer that is connected to, so a name that resolves differently a moment later (DNS
 * rebinding) gains nothing.
 */
export function guardedLookup(allows: AddressRule, resolve: Lookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const admitted = addresses.filter(({ address }) => allows(address));
      const [first] = admitted;
      if (first === undefined) {
        const why = `${hostname} resolves to no address that allow_private_addresses admits`;
        return callback(new OutboundError('address_refused', why), []);
      }
      return options.all === true
        ? callback(null, admitted)
        : callback(null, first.address, first.family);
    });
  };
}
