import { h } from './dom.mjs';
import { filterOf, rulesOf } from './rules.mjs';
import { more, pill } from './words.mjs';

/** What a tool says of itself, in a word each (MCP, `ToolAnnotations`). */
const hints = [
  ['readOnlyHint', true, 'good', 'read only'],
  ['destructiveHint', true, 'warn', 'destructive'],
  ['idempotentHint', true, 'dull', 'idempotent'],
  ['openWorldHint', true, 'dull', 'open world'],
];

/** Tools of an opened list: in full once they are there, by their names until then. */
export function toolsOf(loaded, list, lint) {
  const tools = loaded?.answer?.tools;
  if (!tools) {
    return [
      loaded?.trouble && h('p', { class: 'error' }, loaded.trouble),
      h(
        'ul',
        { class: 'names' },
        list.names.map((name) => h('li', null, name)),
        more(list.count, list.names.length),
      ),
    ];
  }
  const doubts = new Map((lint?.items ?? []).map(({ item, rule }) => [item, rule]));
  const { answer } = loaded;
  return [
    filterOf(answer),
    h(
      'ul',
      { class: 'tools' },
      tools.map((tool) =>
        h('li', { key: tool.name }, toolOf(tool, answer, doubts.get(tool.original))),
      ),
      more(answer.count, tools.length),
    ),
  ];
}

function toolOf(tool, { server, hides_unauthorized: hides }, doubt) {
  const { name, original, bytes, definition } = tool;
  const { title, description, annotations, inputSchema, outputSchema } = definition ?? {};
  return h(
    'details',
    { class: 'tool' },
    h(
      'summary',
      null,
      h('code', null, name),
      ' ',
      badges(annotations),
      doubt && pill('warn', doubt),
    ),
    definition === null &&
      h('p', { class: 'note' }, `Its definition has ${bytes} bytes, too many to be shown here.`),
    text(title) && h('p', { class: 'title' }, title),
    text(description) && h('p', { class: 'description' }, description),
    original !== name &&
      h('p', { class: 'note' }, 'Its server calls it ', h('code', null, original)),
    rulesOf(server, tool, hides),
    json('Arguments', inputSchema),
    json('Result', outputSchema),
    json('Annotations', annotations),
  );
}

/** What it says of itself, a pill each. */
export function badges(annotations) {
  return hints.map(
    ([hint, value, tone, word]) => annotations?.[hint] === value && pill(tone, word),
  );
}

function json(name, value) {
  return (
    value !== undefined && [
      h('h4', null, name),
      h('pre', { tabindex: '0' }, JSON.stringify(value, null, 2)),
    ]
  );
}

const text = (value) => typeof value === 'string' && value !== '';
