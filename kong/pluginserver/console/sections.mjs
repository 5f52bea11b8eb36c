import { h } from './dom.mjs';
import { toolsOf } from './tools.mjs';
import { age, count, facts, more, pill } from './words.mjs';

const kinds = [
  ['tools', 'tool'],
  ['prompts', 'prompt'],
  ['resources', 'resource'],
  ['resource_templates', 'template'],
];
const mostChanges = 20;

/** Of the process: the line beside the title. */
export function processOf(status) {
  const { version, node, uptime_seconds: up, workers = [] } = status;
  const live = workers.filter((one) => one.live && one.answers).length;
  return [
    pill(status.ready ? 'good' : 'bad', status.ready ? 'ready' : 'not ready'),
    h('span', null, `version ${version}, Node ${node}, up ${age(up)}`),
    workers.length > 0 &&
      pill(
        live === workers.length ? 'good' : 'bad',
        `${live} of ${count(workers.length, 'worker')}`,
      ),
  ].filter(Boolean);
}

/** Links to pages of this listener, as far as they are there. */
export function besideOf({ playground }) {
  return playground === undefined ? [] : [h('a', { href: 'console/playground' }, 'Playground')];
}

/** Everything below the title. `shown` has the tools that have been asked for. */
export function pageOf(status, shown) {
  const { endpoints = [], ...live } = status.plugins?.['mcp-aggregate'] ?? {};
  return [
    summary(endpoints, live),
    refusals(status.refused_configurations ?? []),
    endpoints.length === 0 &&
      h(
        'p',
        { class: 'empty' },
        'No endpoint is known yet. One is known from the first request that Kong sends to it.',
      ),
    endpoints.map((endpoint) => endpointOf(endpoint, shown)),
    changes(endpoints),
  ]
    .flat()
    .filter(Boolean);
}

function summary(endpoints, live) {
  const servers = endpoints.flatMap((endpoint) => endpoint.servers);
  const ready = servers.filter(({ state }) => state === 'ready').length;
  const tools = servers.reduce((sum, server) => sum + (server.tools?.count ?? 0), 0);
  const calls = endpoints.reduce((sum, endpoint) => sum + endpoint.requests_in_flight, 0);
  const figures = [
    ['Endpoints', endpoints.length],
    ['Servers ready', `${ready} of ${servers.length}`],
    ['Tools', tools],
    ['Calls under way', calls],
    ['Streams open', live.streams_open ?? 0],
    ['Questions open', live.asks_open ?? 0],
  ];
  return h(
    'dl',
    { key: 'summary', class: 'figures' },
    figures.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}

function refusals(refused) {
  if (refused.length === 0) return null;
  return h(
    'section',
    { key: 'refusals', class: 'refusals', 'aria-labelledby': 'refusals' },
    h('h2', { id: 'refusals' }, 'Refused configurations'),
    h(
      'ul',
      null,
      refused.map(({ plugin, route, endpoint, reason, requests, since }) =>
        h(
          'li',
          null,
          h('strong', null, route ?? endpoint),
          `, ${plugin}: ${reason} (since ${since}, ${count(requests, 'request')} answered 503)`,
        ),
      ),
    ),
  );
}

function endpointOf(endpoint, shown) {
  const { route, service, label, configuration, servers, superseded, ready } = endpoint;
  const name = route ?? service ?? endpoint.endpoint;
  const key = `endpoint ${endpoint.endpoint} ${endpoint.plugin} ${configuration}`;
  return h(
    'section',
    { key, class: 'endpoint' },
    h(
      'h2',
      null,
      name,
      ' ',
      superseded
        ? pill('dull', 'superseded')
        : pill(ready ? 'good' : 'bad', ready ? 'ready' : 'waits'),
    ),
    facts([
      [service === null ? 'Route' : 'Service', endpoint.endpoint],
      ['Configuration', configuration],
      ['Label', label],
      ['Views', (endpoint.views ?? []).map(viewWords).join('; ')],
      ['Calls under way', endpoint.requests_in_flight],
      ['Callers with lists of their own', endpoint.callers_with_own_lists || null],
    ]),
    h(
      'div',
      { class: 'servers' },
      servers.map((server) => serverOf(endpoint.endpoint, server, shown)),
    ),
  );
}

const viewWords = ({ name, tools, discovery }) =>
  `${name} (${count(tools, 'tool')}${discovery ? ', searched for' : ''})`;
const eraNames = { legacy: 'legacy (sessions)', modern: 'modern (no sessions)' };
const states = { ready: 'good', connecting: 'dull', idle: 'dull', failing: 'bad' };

function serverOf(endpoint, server, shown) {
  const { name, state, kind, circuit, said, latency_ms: latency, last_error: error } = server;
  const retry = server.retry_in_ms;
  const eras = Object.entries(server.eras).filter(([, speaks]) => speaks === true);
  return h(
    'article',
    { key: name, class: `server ${states[state] ?? 'dull'}` },
    h(
      'h3',
      null,
      name,
      ' ',
      pill(states[state] ?? 'dull', state),
      circuit !== 'closed' && pill('bad', `circuit ${circuit}`),
    ),
    error !== null &&
      h('p', { class: 'error' }, error, retry !== null && `; next attempt in ${age(retry / 1000)}`),
    facts([
      ['Server', said && `${said.name ?? ''} ${said.version ?? ''}`],
      ['By', kind],
      ['Speaks', eras.length > 0 ? eras.map(([era]) => eraNames[era] ?? era).join(', ') : null],
      ['Revision', said?.revision],
      ['Latency', latency && `p50 ${ms(latency.p50)}, p99 ${ms(latency.p99)}`],
      ['Circuits open', server.open_tools.join(', ') || null],
    ]),
    pinOf(server.pin),
    lintOf(server.lint),
    server.lists_per_caller
      ? h('p', { class: 'note' }, 'Each caller has lists of their own.')
      : kinds.map(([member, word]) => listOf(endpoint, server, member, word, shown)),
  );
}

function listOf(endpoint, server, member, word, shown) {
  const list = server[member];
  if (list === undefined) return null;
  // Where the whole server fails, its lists fail for the same reason.
  const failed = list.last_error !== null && !list.last_error.endsWith(server.last_error ?? ' ');
  if (list.count === 0 && list.refused === 0 && !failed) return null;
  const troubles = [
    list.last_error,
    list.flaw,
    list.refused > 0 &&
      `${count(list.refused, 'item')} left out: ${list.refused_items.map(({ item, reason }) => `${item} (${reason})`).join('; ')}`,
    list.collisions > 0 && `${count(list.collisions, 'name')} taken by another server`,
    list.long_names > 0 && `${count(list.long_names, 'long name')} that some clients refuse`,
  ].filter(Boolean);
  const toggle = ({ target }) => {
    if (target.open) shown.open(endpoint, server.name, list.digest);
    else shown.close(endpoint, server.name);
  };
  const loaded = member === 'tools' ? shown.toolsOf(endpoint, server.name) : undefined;
  // A list that has changed since is fetched anew.
  if (loaded !== undefined && loaded.digest !== list.digest)
    shown.open(endpoint, server.name, list.digest);
  return h(
    'details',
    {
      key: member,
      class: 'list',
      ...(member === 'tools' ? { 'data-tools': '' } : {}),
      on: member === 'tools' ? { toggle } : {},
    },
    h(
      'summary',
      null,
      count(list.count, word),
      h(
        'span',
        { class: 'note' },
        list.age_seconds === null ? '' : ` fetched ${age(list.age_seconds)} ago`,
      ),
      troubles.length > 0 && [' ', pill('warn', 'see inside')],
    ),
    troubles.map((trouble) => h('p', { class: 'error' }, trouble)),
    member === 'tools'
      ? toolsOf(loaded, list, server.lint)
      : h(
          'ul',
          { class: 'names' },
          list.names.map((name) => h('li', null, name)),
          more(list.count, list.names.length),
        ),
  );
}

function pinOf(pin) {
  if (!pin) return null;
  const differing = Object.entries(pin.differing).filter(([, number]) => number > 0);
  const good = pin.problem === null && pin.serves && differing.length === 0;
  const words = [
    pin.problem,
    differing.map(([change, number]) => `${number} ${change}`).join(', '),
    pin.left_out > 0 && `${pin.left_out} of them not named`,
    pin.withheld > 0 && `${count(pin.withheld, 'item')} withheld`,
    !pin.serves && 'nothing is served',
  ].filter(Boolean);
  return h(
    'p',
    { class: 'pin' },
    pill(good ? 'good' : 'bad', `pinned: ${pin.mode}`),
    ' ',
    good ? 'as approved' : words.join('; '),
    h('span', { class: 'note' }, ` by ${pin.source}`),
  );
}

function lintOf(lint) {
  if (!lint || lint.findings === 0) return null;
  return h(
    'details',
    { key: 'lint', class: 'list' },
    h('summary', null, pill('warn', count(lint.findings, 'finding')), ' of the linter'),
    h(
      'ul',
      null,
      lint.items.map(({ item, rule, excerpt }) =>
        h('li', null, h('code', null, item), ` ${rule}: `, h('q', null, excerpt)),
      ),
      more(lint.findings, lint.items.length),
    ),
  );
}

/** The newest changes of pinned definitions, of all servers. */
function changes(endpoints) {
  const all = endpoints
    .flatMap(({ route, service, endpoint, servers }) =>
      servers.flatMap((server) =>
        (server.pin?.changes ?? []).map((change) => ({
          ...change,
          where: `${route ?? service ?? endpoint} / ${server.name}`,
        })),
      ),
    )
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, mostChanges);
  if (all.length === 0) return null;
  return h(
    'section',
    { key: 'changes', 'aria-labelledby': 'changes' },
    h('h2', { id: 'changes' }, 'Recent changes of definitions'),
    h(
      'ul',
      { class: 'changes' },
      all.map(({ at, where, kind, item, change, members, withheld }) =>
        h(
          'li',
          null,
          h('time', { datetime: at }, at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')),
          ` ${where}: ${kind} `,
          h('code', null, item),
          ` ${change}`,
          members.length > 0 && ` in ${members.join(', ')}`,
          withheld && h('span', null, ' ', pill('bad', 'withheld')),
        ),
      ),
    ),
  );
}

const ms = (value) => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);
