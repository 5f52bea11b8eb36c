import { array, boolean, map, record, string } from '../fields.js';

const pattern = (description: string) => string({ len_min: 1, len_max: 1024, description });

const selector = (what: string) =>
  record(
    {
      operation: pattern('Its `operationId`, or `METHOD /path`; `*` stands for any text.'),
      tag: pattern('One of its tags; the same.'),
      method: pattern('Its HTTP method; the same.'),
      path: pattern('Its path in the document; the same.'),
    },
    {
      required: true,
      description: what,
      entity_checks: [{ at_least_one_of: ['operation', 'tag', 'method', 'path'] }],
    },
  );

const hint = (description: string) => boolean({ description });

const operationFields = {
  operation: string({
    required: true,
    len_min: 1,
    len_max: 1024,
    description: 'Which operation: its `operationId`, or `METHOD /path`.',
  }),
  name: string({
    len_min: 1,
    len_max: 128,
    match: '^[%w_.-]+$',
    description: 'Name of its tool, before the prefix of the server is put in front.',
  }),
  description: string({
    len_min: 1,
    len_max: 8192,
    description: 'Description of its tool in place of that of the document.',
  }),
  title: string({ len_min: 1, len_max: 128, description: 'Title that clients show of the tool.' }),
  read_only: hint('Annotation `readOnlyHint`; by the method where it is not set.'),
  destructive: hint('Annotation `destructiveHint`; by the method where it is not set.'),
  idempotent: hint('Annotation `idempotentHint`; by the method where it is not set.'),
  open_world: hint('Annotation `openWorldHint`; left out where it is not set.'),
  fixed: map(
    string({ description: 'Name of an argument.', len_min: 1, len_max: 128 }),
    string({
      referenceable: true,
      description: 'Its value: JSON where the argument is no text.',
    }),
    {
      default: {},
      description:
        'Arguments that the gateway gives: clients do not see them, and cannot give them. Values may be vault references.',
    },
  ),
  hide: boolean({ default: false, description: 'Leave the operation out, whatever includes it.' }),
};

/** An API that is shown as tools. */
export const serverOpenApi = record(
  {
    document: string({
      referenceable: true,
      description:
        'The OpenAPI 3.0, 3.1 or 3.2, or Swagger 2.0, document as text, JSON or YAML; may be a vault reference.',
    }),
    file: string({
      len_min: 1,
      len_max: 255,
      match: '^[%w_][%w_./-]*$',
      match_none: [{ pattern: '%.%.', err: 'must not hold ..' }],
      description:
        'Name of a file with the document in the folder of the operator (see KONG_MCP_OPENAPI_DIR). It is read again when it has changed.',
    }),
    include: array(selector('Operations for which all that is given here fits.'), {
      default: [],
      len_max: 256,
      description:
        'Operations that become tools: those that fit one of these. One without `operation` and `method` stands for GET and HEAD alone. Without any, all GET and HEAD operations do.',
    }),
    exclude: array(selector('Operations for which all that is given here fits.'), {
      default: [],
      len_max: 256,
      description: 'Operations that become no tools, included or not.',
    }),
    operations: array(
      record(operationFields, {
        required: true,
        description: 'What holds for one operation in place of what its document says.',
      }),
      { default: [], len_max: 1024, description: 'What is different for single operations.' },
    ),
    scopes_from_security: boolean({
      default: false,
      description:
        'Ask for the scopes that the document’s `security` names, by OAuth 2 and OpenID Connect schemes, as `scope_rules` would.',
    }),
    output_schemas: boolean({
      default: true,
      description:
        'Describe results by `outputSchema`. Off for an API whose answers do not keep to its document: clients refuse results that do not fit.',
    }),
  },
  {
    description:
      'What stands at `route` (or `url`) is no MCP server but a REST API: its operations are shown as tools. Their paths follow the path of the route, or of the url.',
    entity_checks: [{ only_one_of: ['document', 'file'] }],
  },
);
