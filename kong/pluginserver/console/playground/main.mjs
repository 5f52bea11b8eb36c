import { fill } from '../dom.mjs';
import { adviceOn } from './advice.mjs';
import { ask, jsonOf, Trouble } from './answers.mjs';
import { Client } from './client.mjs';
import { argumentsOf, argumentsOfText, fieldsOf } from './form.mjs';
import { beginLogin, endLogin, returned, revoke } from './login.mjs';
import { accessOf, toolsOf, troubleOf } from './sections.mjs';

const mostNotes = 50;
const mostNoteChars = 500;
const settingsBytes = 262_144;

const at = (id) => document.getElementById(id);
const fetcher = (url, init) => fetch(url, init);
/** As authorization servers send the visitor back to it. */
const page = location.origin + location.pathname;

let settings;
let client;
/** The visitor's token, and where it came from: in this memory, nowhere else. */
let secret;
let stopping;

const closed = {
  phase: '',
  open: undefined,
  tools: undefined,
  more: false,
  chosen: undefined,
  fields: undefined,
  asJson: false,
  json: '',
  faults: undefined,
  running: false,
  notes: [],
  result: undefined,
  advice: undefined,
};
let state = { ...closed, endpoints: [], at: 0, filter: '', opened: 0, wantsLogin: false };

function show(changes) {
  state = { ...state, ...changes };
  const visitor = secret && { how: secret.how, until: secret.until };
  const shown = { ...state, visitor };
  fill(at('access'), accessOf(shown, on));
  fill(at('trouble'), troubleOf(shown, on));
  fill(at('main'), toolsOf(shown, on));
}

const endpoint = () => state.endpoints[state.at];

function fail(error) {
  const { status, challenge, hadToken } = error.facts ?? {};
  const isStepUp = status === 403 && challenge?.error === 'insufficient_scope';
  // A token that is refused is of no use any more.
  if (status === 401 && hadToken) secret = undefined;
  const wantsLogin = state.wantsLogin || status === 401 || isStepUp;
  const asked = status === 401 || isStepUp ? { challenge } : {};
  show({
    phase: '',
    running: false,
    advice: adviceOn(error, location.origin),
    wantsLogin,
    ...asked,
  });
}

/** Ends what is open; the token stays. */
async function leave() {
  stopping?.abort();
  const old = client;
  client = undefined;
  await old?.close();
}

async function connect(tool) {
  await leave();
  const own = new Client(endpoint(), secret?.accessToken, fetcher);
  client = own;
  show({ ...closed, phase: 'opening', opened: state.opened + 1 });
  try {
    const said = await own.open();
    const { tools, more } = await own.tools();
    if (client !== own) return;
    const open = { serverInfo: said.serverInfo, version: own.version };
    show({ phase: '', open, tools, more });
    const known = tools.findIndex(({ name }) => name === tool);
    if (known >= 0) pick(known);
  } catch (error) {
    if (client === own) fail(error);
  }
}

function pick(chosen) {
  stopping?.abort();
  const fields = fieldsOf(state.tools[chosen].inputSchema);
  const json = fields === undefined ? '{}' : '';
  const asJson = fields === undefined;
  const fresh = { faults: undefined, notes: [], result: undefined, advice: undefined };
  show({ ...fresh, chosen, fields, asJson, json, running: false, opened: state.opened + 1 });
}

/** On a narrow screen the tool is below the list. */
function follow() {
  const tool = at('tool');
  if (tool.getBoundingClientRect().top > innerHeight * 0.7) tool.scrollIntoView();
}

const entered = () => state.fields.map((_, index) => at(`field-${index}`).value);

/** Arguments as they stand in the form. */
function given() {
  if (!state.asJson) return argumentsOf(state.fields, entered());
  const { json, fault } = argumentsOfText(at('field-all').value);
  return fault === undefined ? { json } : { faults: new Map([['all', fault]]) };
}

async function call() {
  const { json, faults } = given();
  if (faults !== undefined) {
    show({ faults });
    at(`field-${[...faults.keys()][0]}`).focus();
    return;
  }
  const own = client;
  const { chosen } = state;
  const stop = new AbortController();
  stopping = stop;
  const isShown = () => client === own && state.chosen === chosen && stopping === stop;
  const noticed = (message) => {
    if (isShown()) show({ notes: [...state.notes, noteOf(message)].slice(-mostNotes) });
  };
  const startedAt = performance.now();
  show({ running: true, faults: undefined, notes: [], result: undefined, advice: undefined });
  try {
    const name = state.tools[chosen].name;
    const result = await own.call(name, json, { signal: stop.signal, noticed });
    const milliseconds = performance.now() - startedAt;
    if (isShown()) show({ running: false, result, milliseconds });
  } catch (error) {
    if (isShown()) fail(error);
  }
}

function noteOf({ method, params = {} }) {
  const { progress, total, message, level, data } = params;
  const amount = total === undefined ? progress : `${progress} of ${total}`;
  const words =
    method === 'notifications/progress'
      ? ['progress', amount, message]
      : [level ?? method, typeof data === 'string' ? data : JSON.stringify(data)];
  return words
    .filter((word) => word !== undefined)
    .join(' ')
    .slice(0, mostNoteChars);
}

async function login() {
  show({ phase: 'leaving', advice: undefined });
  const keep = { tool: state.tools?.[state.chosen]?.name };
  const { challenge } = state;
  try {
    const parts = { fetcher, storage: sessionStorage, settings, challenge, page, keep };
    location.assign(await beginLogin({ ...parts, endpoint: endpoint() }));
  } catch (error) {
    fail(error);
  }
}

async function logout() {
  const old = secret;
  secret = undefined;
  sessionStorage.clear();
  show({ ...closed });
  await leave();
  if (old?.client !== undefined) await revoke(fetcher, old);
}

function paste() {
  const text = at('token').value.trim();
  at('token').value = '';
  if (!/^[\w.~+/-]+=*$/.test(text)) return fail(new Trouble('bad_token'));
  secret = { accessToken: text, how: 'with a token that was pasted' };
  void connect();
}

/** What elements do. */
const on = {
  connect: (event) => {
    event.preventDefault();
    void connect(state.tools?.[state.chosen]?.name);
  },
  choose: ({ target }) => {
    // A token is for one endpoint.
    secret = undefined;
    void leave();
    show({ ...closed, at: Number(target.value), wantsLogin: false, challenge: undefined });
  },
  login: () => void login(),
  logout: () => void logout(),
  paste: (event) => {
    event.preventDefault();
    paste();
  },
  filter: ({ target }) => show({ filter: target.value.toLowerCase() }),
  pick: (chosen) => {
    pick(chosen);
    follow();
  },
  call: (event) => {
    event.preventDefault();
    if (!state.running) void call();
  },
  stop: () => stopping?.abort(),
  way: () => {
    const { json = '{}' } = state.asJson ? {} : argumentsOf(state.fields, entered());
    show({ asJson: !state.asJson, json, faults: undefined });
  },
};

async function start() {
  const answer = returned(location);
  // Before anything else: a code in an address could be seen, or loaded again.
  if (answer !== undefined) history.replaceState(null, '', page);
  try {
    settings = await jsonOf(await ask(fetch, 'playground/settings'), settingsBytes);
    show({ endpoints: settings.endpoints });
    if (answer === undefined) return;
    const known = await endLogin({ fetcher, storage: sessionStorage, answer });
    secret = { ...known, how: `logged in at ${known.issuer}` };
    const index = Math.max(0, settings.endpoints.indexOf(known.resource));
    show({ at: index, wantsLogin: true });
    await connect(known.keep?.tool);
  } catch (error) {
    fail(error);
  }
}

window.addEventListener('pagehide', () => {
  secret = undefined;
  client = undefined;
});
// A page that the browser kept has no token any more.
window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
void start();
