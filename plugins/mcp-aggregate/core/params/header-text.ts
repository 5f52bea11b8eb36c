import { decodeString } from '../../../../lib/json/members.js';
import type { Member } from '../../../../lib/json/types.js';

/**
 * An argument as the text that its header carries: a string as it is, a number in its shortest form,
 * a boolean in lower case (2026-07-28, transports, "Value encoding").
 * @returns undefined where no header carries it: for objects and arrays, and for integers that
 *   JavaScript's numbers do not hold
 */
export function headerText(message: Buffer, { kind, value }: Member): string | undefined {
  switch (kind) {
    case 'string':
      return decodeString(message, value);
    case 'boolean':
      return message.toString('latin1', value.start, value.end);
    case 'number': {
      const number = Number(message.toString('latin1', value.start, value.end));
      const unsafe = Number.isInteger(number) && !Number.isSafeInteger(number);
      return Number.isFinite(number) && !unsafe ? String(number) : undefined;
    }
    default:
      return undefined;
  }
}
