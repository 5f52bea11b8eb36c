import { ItemViews, isSeen, ViewSet } from '../../../lib/policy/item-views.js';
import { itemOperations } from '../../../lib/policy/operation.js';
import { Policy } from '../../../lib/policy/policy.js';
import { scopeHierarchy } from '../../../lib/policy/scope-hierarchy.js';
import { serverOfItems } from '../../../plugins/mcp-aggregate/config/views-config.js';
import { PolicyLists } from '../../../plugins/mcp-aggregate/core/policy/policy-lists.js';
import { worstShape } from '../../support/adversarial/worst-shape.js';

const servers = Array.from({ length: 40 }, (_, n) => ({
  name: `server${n}`,
  prefix: `server${n}__`,
  plainUris: false,
}));
const verbs = ['read', 'write', 'find', 'list', 'send', 'drop', 'make', 'move', 'sort', 'tag'];

/** As an operator with many teams writes them, stars in every place. */
const targets = Array.from({ length: 64 }, (_, n) => {
  const verb = verbs[n % verbs.length]!;
  return {
    servers: [`server${n % 40}`],
    tools: [
      ...Array.from({ length: 20 }, (_, tool) => `server${tool}__${verb}_*`),
      `*__${verb}_*`,
      `*_${verb}_*_all_*_now`,
      `*${verb}*`,
      '*a*b*a*b*a*b*a*c',
    ],
    prompts: [],
    resources: [`mcp+server${n % 40}+file:///srv/${verb}/*`, `*/${verb}/*/*/notes-*.md`],
  };
});
const views = new ItemViews(targets, serverOfItems(servers));
const sees = [[3, 7, 12], [40]];
const filled = (bytes: number, start: string, piece: string, end = '') =>
  start + piece.repeat((bytes - start.length - end.length) / piece.length) + end;

worstShape({
  input: 'a name that views decide on',
  from: 'a caller',
  bytes: 1_024,
  honest: (bytes) => filled(bytes, 'server7__', 'create_issue_of_project_'),
  hostile: Object.fromEntries(
    ['a', 'ab', '_', '__', 'read', '_rea', '__read_', 'server1', '*', 'ü', '_read_x_all_'].map(
      (piece) => [
        `names of ${piece}`,
        (bytes: number) => filled(bytes, 'server7__', piece, piece === 'ab' ? 'd' : ''),
      ],
    ),
  ),
  run: (name) => isSeen(sees, views.showing(itemOperations('tool', name)) ?? new ViewSet([])),
});

worstShape({
  input: 'a URI that views decide on',
  from: 'a caller',
  bytes: 4_000,
  honest: (bytes) => filled(bytes, 'mcp+server7+file:///srv/', 'projects/readme-', '.md'),
  hostile: Object.fromEntries(
    ['a', '/', '/read', '/read/a', '/read/a/b/notes', '%2f', '%25', 'é', '//', '.', '../'].map(
      (piece) => [
        `URIs of ${piece}`,
        (bytes: number) => filled(bytes, 'mcp+server7+file:///srv/', piece, 'x'),
      ],
    ),
  ),
  run: (uri) => isSeen(sees, views.showing(itemOperations('resource', uri)) ?? new ViewSet([])),
});

const policy = new Policy([], [], undefined, views);
const rules = {
  policy,
  expandScopes: scopeHierarchy('scope_hierarchy', {}),
  hidesUnauthorized: false,
};
const subject = { claims: {}, granted: new Set<string>(), sees };
const breathe = () => Promise.resolve();
const items = (bytes: number, one: (n: number) => string) =>
  Array.from({ length: bytes / one(9_999).length }, (_, n) => ({ name: one(n) }));
const choice = (n: number) => verbs.filter((_, place) => (n >> place) & 1).join('-');

const honestList = (bytes: number) =>
  items(bytes, (n) => `server${n % 40}__${verbs[n % 10]}_the_issues_of_project_${n}`);
const hostileLists = {
  'short names': (bytes: number) => items(bytes, (n) => `server7__${n}`),
  'long names': (bytes: number) => items(bytes, (n) => `server7__${'_read'.repeat(20)}${n}`),
  'names that views choose in every way': (bytes: number) =>
    items(bytes, (n) => `x${choice(n % 1_024)}.${n}`),
  'names that views of a server choose in every way': (bytes: number) =>
    items(bytes, (n) => `server${n % 40}__${choice((n * 37) % 1_024)}.${n}`),
};

worstShape({
  input: 'names of a list that views sort',
  from: 'a server',
  bytes: 131_072,
  honest: honestList,
  hostile: hostileLists,
  run: (listed) => new PolicyLists(rules).view('tool', listed, subject, breathe),
});

const lists = new PolicyLists(rules);

worstShape({
  input: 'a list that views have sorted',
  from: 'a server',
  bytes: 131_072,
  honest: honestList,
  hostile: hostileLists,
  run: async (listed) => {
    const { shows } = await lists.view('tool', listed, subject, breathe);
    return listed.filter((item) => shows(item)).length;
  },
});
