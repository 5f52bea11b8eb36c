import { h } from '../dom.mjs';
import { badges } from '../tools.mjs';
import { count, pill } from '../words.mjs';
import { jsonText } from './form.mjs';
import { resultOf } from './result.mjs';

const mostListed = 300;
const flat = (...parts) => parts.flat(9).filter(Boolean);

/** The choice of an endpoint, and who its visitor is. */
export function accessOf(state, on) {
  return flat(
    h(
      'form',
      { key: 'endpoint', class: 'line', on: { submit: on.connect } },
      h('label', { for: 'endpoint' }, 'Endpoint'),
      h(
        'select',
        { id: 'endpoint', on: { change: on.choose } },
        state.endpoints.map((address, at) =>
          h('option', { value: String(at), ...(at === state.at ? { selected: '' } : {}) }, address),
        ),
      ),
      h('button', { type: 'submit', class: 'main' }, state.open ? 'Connect again' : 'Connect'),
      h('span', { role: 'status' }, standing(state)),
    ),
    (state.wantsLogin || state.visitor) && visitorOf(state, on),
  );
}

function standing({ phase, open }) {
  if (phase === 'opening') return 'connecting …';
  if (phase === 'leaving') return 'looking for the login …';
  if (open === undefined) return 'not connected';
  const { name = '', version = '' } = open.serverInfo ?? {};
  return [pill('good', 'connected'), ` ${String(name)} ${String(version)}, MCP ${open.version}`];
}

function visitorOf({ visitor }, on) {
  const until = visitor?.until && `, until ${new Date(visitor.until).toLocaleTimeString()}`;
  return h(
    'div',
    { key: 'visitor', class: 'line' },
    visitor && h('span', null, `${visitor.how}${until || ''}`),
    visitor && h('button', { key: 'out', type: 'button', on: { click: on.logout } }, 'Log out'),
    !visitor &&
      h('button', { key: 'in', type: 'button', class: 'main', on: { click: on.login } }, 'Log in'),
    !visitor &&
      h(
        'form',
        { key: 'paste', class: 'line', on: { submit: on.paste } },
        h('label', { for: 'token' }, 'or with a token that you have'),
        h('input', { id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false' }),
        h('button', { type: 'submit' }, 'Use it'),
      ),
  );
}

/** A trouble that is of no tool, with what mends it. */
export function troubleOf(state, on) {
  return state.chosen === undefined ? adviceOf(state, on) : [];
}

function adviceOf({ advice, visitor, wantsLogin }, on) {
  if (advice === undefined) return [];
  const { title, lines, offers, mild } = advice;
  // Where the login stands above already, once is enough.
  const login = offers.includes('login') && !(wantsLogin && !visitor);
  return [
    h(
      'section',
      { key: 'trouble', class: mild ? 'hint' : 'trouble', role: 'alert' },
      h('h2', null, title),
      lines.map((line) => h('p', { class: 'line-of-text' }, line)),
      login && h('button', { key: 'login', type: 'button', on: { click: on.login } }, 'Log in'),
      offers.includes('again') &&
        h('button', { key: 'again', type: 'button', on: { click: on.connect } }, 'Connect again'),
    ),
  ];
}

/** The tools, and the one that was chosen with its form and result. */
export function toolsOf(state, on) {
  if (state.tools === undefined) return [];
  return [
    h(
      'div',
      { key: 'tools', class: 'split' },
      h('section', { key: 'list', class: 'sheet', 'aria-labelledby': 'tools' }, listOf(state, on)),
      h(
        'section',
        { key: 'tool', id: 'tool', class: 'sheet', 'aria-label': 'Chosen tool' },
        state.chosen === undefined
          ? h('p', { class: 'note' }, 'Choose a tool to see what it takes.')
          : chosenOf(state, on),
      ),
    ),
  ];
}

function listOf({ tools, more, filter, chosen }, on) {
  const fits = ({ tool }) => `${tool.name} ${tool.title ?? ''}`.toLowerCase().includes(filter);
  const found = tools.map((tool, at) => ({ tool, at })).filter(fits);
  const all = `${count(tools.length, 'tool')}${more ? ', and more that this page does not take' : ''}`;
  return [
    h('h2', { id: 'tools' }, all),
    h('label', { for: 'filter' }, 'Filter'),
    h('input', { id: 'filter', type: 'search', autocomplete: 'off', on: { input: on.filter } }),
    h(
      'ul',
      { class: 'choices' },
      found.slice(0, mostListed).map(({ tool, at }) =>
        h(
          'li',
          { key: String(at) },
          h(
            'button',
            {
              type: 'button',
              ...(at === chosen ? { 'aria-current': 'true' } : {}),
              on: { click: () => on.pick(at) },
            },
            tool.name,
          ),
        ),
      ),
      found.length > mostListed &&
        h('li', { class: 'note' }, `and ${found.length - mostListed} more: filter them`),
    ),
  ];
}

function chosenOf(state, on) {
  const tool = state.tools[state.chosen];
  const { name, title, description, annotations } = tool;
  const key = `tool ${state.chosen} ${state.opened}`;
  return [
    h('h2', { key: `${key} name` }, h('code', null, name), ' ', badges(annotations)),
    typeof title === 'string' && h('p', { class: 'title' }, title),
    typeof description === 'string' && h('p', { key: 'about', class: 'description' }, description),
    formOf(state, on, key),
    adviceOf(state, on),
    h('div', { key: 'outcome', role: 'status', 'aria-label': 'Result' }, outcomeOf(state)),
  ];
}

function formOf(state, on, key) {
  const { fields, asJson, json, faults, running } = state;
  const ways = fields !== undefined && fields.length > 0;
  return h(
    'form',
    { key: `${key} ${asJson}`, class: 'arguments', on: { submit: on.call } },
    asJson
      ? areaOf('all', 'Arguments, as a JSON object', json, faults?.get('all'))
      : fields.map((field, at) => fieldOf(field, at, faults?.get(at))),
    !asJson && fields.length === 0 && h('p', { class: 'note' }, 'It takes no arguments.'),
    h(
      'div',
      { class: 'line' },
      h('button', { type: 'submit', class: 'main', ...(running ? { disabled: '' } : {}) }, 'Call'),
      running && h('button', { key: 'stop', type: 'button', on: { click: on.stop } }, 'Cancel'),
      ways &&
        h(
          'button',
          { key: 'way', type: 'button', on: { click: on.way } },
          asJson ? 'Fill in a form' : 'Write JSON',
        ),
    ),
  );
}

function fieldOf(field, at, fault) {
  const id = `field-${at}`;
  return h(
    'div',
    { key: id, class: 'field' },
    h(
      'label',
      { for: id },
      h('code', null, field.name),
      field.required ? ' (needed)' : '',
      field.title && ` ${field.title}`,
    ),
    inputOf(field, id, fault),
    field.description && h('p', { id: `${id}-about`, class: 'note' }, field.description),
    faultOf(id, fault),
  );
}

const faultOf = (id, fault) =>
  fault && h('p', { key: 'fault', id: `${id}-fault`, class: 'error' }, fault);

function inputOf({ kind, choices, initial, required, description }, id, fault) {
  const about = [description && `${id}-about`, fault && `${id}-fault`].filter(Boolean).join(' ');
  const common = {
    key: 'input',
    id,
    ...(about ? { 'aria-describedby': about } : {}),
    ...(fault ? { 'aria-invalid': 'true' } : {}),
  };
  const options = { boolean: ['true', 'false'], choice: choices }[kind];
  if (options === undefined) {
    if (kind === 'json')
      return h('textarea', { ...common, rows: '3', spellcheck: 'false' }, initial);
    const mode = kind === 'text' ? {} : { inputmode: 'decimal' };
    return h('input', { ...common, ...mode, type: 'text', autocomplete: 'off', value: initial });
  }
  const values = options.map((text, at) => [kind === 'choice' ? String(at) : text, text]);
  return h(
    'select',
    common,
    [['', required ? 'choose' : 'leave out'], ...values].map(([value, text]) =>
      h('option', { value, ...(value === initial ? { selected: '' } : {}) }, text),
    ),
  );
}

function areaOf(name, label, initial, fault) {
  const id = `field-${name}`;
  return h(
    'div',
    { key: id, class: 'field' },
    h('label', { for: id }, label),
    h('textarea', { key: 'input', id, rows: '8', spellcheck: 'false' }, initial),
    faultOf(id, fault),
  );
}

function outcomeOf({ running, notes, result, milliseconds, tools, chosen }) {
  return [
    running && h('p', { key: 'running', class: 'note' }, 'under way …'),
    notes.length > 0 &&
      h(
        'ul',
        { key: 'notes', class: 'notes' },
        notes.map((note) => h('li', null, note)),
      ),
    result && [
      h('h3', { key: 'result' }, 'Result'),
      h('div', { key: `result ${milliseconds}`, class: 'result' }, resultOf(result, milliseconds)),
    ],
    h(
      'details',
      { key: 'schema' },
      h('summary', null, 'What it takes, as a schema'),
      h('pre', { tabindex: '0' }, jsonText(tools[chosen].inputSchema ?? {}, 2)),
    ),
  ];
}
