import { readMessage } from '../../../lib/json/envelope.js';
import { prepareItem } from '../../../plugins/mcp-aggregate/core/items/prepare-item.js';
import { checkParamHeaders } from '../../../plugins/mcp-aggregate/core/params/check-param-headers.js';
import { mirrorArguments } from '../../../plugins/mcp-aggregate/core/params/mirror-arguments.js';
import { readAnnotations } from '../../../plugins/mcp-aggregate/core/params/read-annotations.js';
import { exposureOf } from '../../support/aggregate/exposure.js';
import {
  memberShapes,
  placed,
  records,
  valueShapes,
} from '../../support/adversarial/json-shapes.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const annotated = (name: string, more = '') =>
  `"${name}":{"type":"string","x-mcp-header":"${name}"${more}}`;
const tool = (schema: string) => Buffer.from(`{"name":"t","inputSchema":{${schema}}}`);
const exposure = exposureOf({ name: 's' });
const described = (bytes: number) =>
  Array.from({ length: bytes / 2_000 }, (_, n) => `"p${n}":{"description":"${'x'.repeat(1_950)}"}`);

worstShape({
  input: 'a tool with arguments for headers',
  from: 'a server',
  bytes: 262_144,
  honest: (bytes) =>
    tool(`"properties":{${[annotated('a'), ...described(bytes - 5_000)].join(',')}}`),
  hostile: {
    ...placed(memberShapes, 'its schema', (more) =>
      tool(`"properties":{${annotated('a')}},${more}`),
    ),
    ...placed(memberShapes, 'an annotated property', (more) =>
      tool(`"properties":{${annotated('a', `,${more}`)}}`),
    ),
    ...placed(valueShapes, 'a keyword', (more) =>
      tool(`"properties":{${annotated('a')}},"oneOf":${more}`),
    ),
    'annotations without end': (bytes) =>
      tool(
        `"properties":{${Array.from({ length: bytes / 60 }, (_, n) => annotated(`p${n}`)).join(',')}}`,
      ),
    'nests of properties': (bytes) => {
      const nest = `${'{"properties":{"a":'.repeat(25)}{"type":"string"}${'}}'.repeat(25)}`;
      const nests = Array.from({ length: bytes / (nest.length + 10) }, (_, n) => `"p${n}":${nest}`);
      return tool(`"properties":{${annotated('a')},${nests.join(',')}}`);
    },
  },
  // Measured: empty strings or small numbers in a keyword cost 4.2 to 7.1, a third of it in
  // JSON.parse, which an annotated schema is read with whole; long descriptions cost it next to nothing.
  times: 8,
  run: (raw) => prepareItem('tool', raw, exposure, { modern: true, tasks: true }),
});

const property = '{"type":"string","x-mcp-header":"H"}';
const mirrored = readAnnotations(
  Buffer.from(
    `{"properties":{"a":${property},"d":{"properties":{"e":${property.replace('H', 'E')}}}}}`,
  ),
  true,
)!;
if ('reason' in mirrored) throw new Error(mirrored.reason);
const call = (args: string) =>
  Buffer.from(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":${args},"name":"t"}}`,
  );
const headers = { 'mcp-param-h': 'x' };

worstShape({
  input: 'a call with arguments for headers',
  from: 'a caller',
  bytes: 1_048_576,
  honest: (bytes) => call(`{"a":"x","d":{"e":"y"},"issues":${records(bytes - 200)}}`),
  hostile: {
    ...placed(memberShapes, 'arguments', (more) => call(`{"a":"x",${more}}`)),
    ...placed(valueShapes, 'an argument', (more) => call(`{"a":${more}}`)),
    ...placed(valueShapes, 'an object that leads to one', (more) => call(`{"d":${more}}`)),
  },
  run: (bytes) => {
    const read = readMessage(bytes);
    if (read.kind !== 'single' || read.message.kind !== 'request') return;
    mirrorArguments(mirrored, bytes, read.message.params);
    checkParamHeaders(mirrored, headers, bytes, read.message.params);
  },
});
