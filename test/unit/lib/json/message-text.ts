import fc from 'fast-check';

const key = (...spellings: string[]): fc.Arbitrary<string> => fc.constantFrom(...spellings);

/** Keys of the protocol, mostly as they are, sometimes as a parser may take them for. */
const methodKey = key('method', 'method', 'method', 'Method', '\\u006dethod', 'method\\u0000');
const paramsKey = key('params', 'params', 'params', 'PARAMS', 'param\u017f', 'p\\u0061rams');
const nameKey = key('name', 'name', 'name', 'Name', 'n\\u0061me', 'name\\u0000', 'names');
const uriKey = key('uri', 'uri', 'URI', 'ur\\u0069', 'u');

const text = fc.constantFrom('"a"', '"b"', '"\\u0061"', '"é"', '"a\\u0000"', '1', 'null', '"x:/y"');
const method = fc.constantFrom(
  '"tools/call"',
  '"resources/read"',
  '"ping"',
  '"prompts/get"',
  '"p\\u0069ng"',
);
const id = fc.constantFrom('1', '"1"', '"\\u0031"', '9007199254740991', '-3');

const member = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(name, value).map((parts) => `"${parts[0]}":${parts[1]}`);

const params = fc
  .array(
    fc.oneof(
      member(nameKey, text),
      member(uriKey, text),
      member(
        fc.constantFrom('arguments', 'other', 'x'),
        fc.constantFrom('{}', '{"name":"z"}', '[]'),
      ),
    ),
    { maxLength: 4 },
  )
  .map((members) => `{${members.join(',')}}`);

/** Requests as a careless or hostile client may write them. */
export const messageText: fc.Arbitrary<string> = fc
  .tuple(
    member(methodKey, method),
    fc.option(member(paramsKey, params)),
    fc.option(
      fc.oneof(member(methodKey, method), member(paramsKey, params), member(key('x'), text)),
    ),
    id,
  )
  .map(([first, second, third, number]) => {
    const members = ['"jsonrpc":"2.0"', `"id":${number}`, first, second, third];
    return `{${members.filter((one) => one !== null).join(',')}}`;
  });

/** The same with a character changed, put in or taken out now and then. */
export function mutate(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.nat(),
    fc.nat(1),
    fc.constantFrom('', '"', '\\', ',', 'N', '\u212a', ' '),
  );
  return fc.tuple(texts, fc.option(change, { freq: 3 })).map(([whole, changed]) => {
    if (changed === null) return whole;
    const [at, removed, put] = changed;
    const start = at % (whole.length + 1);
    return whole.slice(0, start) + put + whole.slice(start + removed);
  });
}
