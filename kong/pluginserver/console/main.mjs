import { fill } from './dom.mjs';
import { besideOf, pageOf, processOf } from './sections.mjs';

const refreshMs = 3_000;
const answerMs = 10_000;

const at = (id) => document.getElementById(id);
/** By endpoint and server: the tools as they were when their list had this digest. */
const tools = new Map();
let status;
let paused = false;
let timer;

async function read(page) {
  const signal = AbortSignal.timeout(answerMs);
  const answer = await fetch(page, { cache: 'no-store', redirect: 'error', signal });
  if (answer.status === 401 || answer.status === 403) {
    throw new Error('access has ended; load this page again to sign in');
  }
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  return answer.json();
}

const keyOf = (endpoint, server) => JSON.stringify([endpoint, server]);

/** What sections may ask for: the tools of a server, where somebody has opened them. */
const shown = {
  toolsOf: (endpoint, server) => tools.get(keyOf(endpoint, server)),
  open: (endpoint, server, digest) => void loadTools(endpoint, server, digest),
  close: (endpoint, server) => {
    tools.delete(keyOf(endpoint, server));
    draw();
  },
};

async function loadTools(endpoint, server, digest) {
  const key = keyOf(endpoint, server);
  const known = tools.get(key);
  if (known !== undefined && known.digest === digest) return;
  const loading = { ...known, digest, trouble: undefined };
  tools.set(key, loading);
  const query = new URLSearchParams({ endpoint, server });
  let loaded;
  try {
    loaded = { digest, answer: await read(`status/tools?${query}`) };
  } catch (error) {
    // Without a digest, so that it is asked for again with the next look.
    loaded = { answer: known?.answer, trouble: error.message };
  }
  if (tools.get(key) !== loading) return;
  tools.set(key, loaded);
  draw();
}

function draw() {
  if (status === undefined) return;
  fill(at('process'), processOf(status));
  fill(at('beside'), besideOf(status));
  fill(at('main'), pageOf(status, shown));
}

async function refresh() {
  clearTimeout(timer);
  if (!paused && !document.hidden) {
    try {
      status = await read('status');
      at('trouble').textContent = '';
      draw();
    } catch (error) {
      at('trouble').textContent = `The plugin server cannot be asked: ${error.message}.`;
    }
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, refreshMs);
}

at('pause').addEventListener('click', () => {
  paused = !paused;
  at('pause').setAttribute('aria-pressed', String(paused));
  at('pause').textContent = paused ? 'Go on' : 'Pause';
  if (!paused) void refresh();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refresh();
