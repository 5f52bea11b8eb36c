import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { say } from '../rig.js';
import { checkGateway } from './contract.js';
import { gatewayKinds } from './gateways.js';
import type { GatewayKind } from './gateways.js';
import { describeMachine } from './machine.js';
import { measureGateway } from './measure.js';
import type { Measured, Shape, Wanted } from './measure.js';
import { writePage } from './page/write.js';
import { merged, readResults, writeResults } from './results.js';
import type { Cell, GatewayResult } from './results.js';

/** Ours and its peers in one run; writes results and the page. See README.md in this folder. */
const { values } = parseArgs({
  options: {
    /** Names of gateways, with commas between; default: all. */
    only: { type: 'string' },
    /** Name of the results; those of gateways that are not measured now stay as they are. */
    name: { type: 'string', default: `${cpus().length}-cores` },
    servers: { type: 'string', default: '10' },
    tools: { type: 'string', default: '50' },
    connections: { type: 'string', default: '1,32,256' },
    seconds: { type: 'string', default: '8' },
    warm: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    /** Servers × tools of each, measured besides. */
    shapes: { type: 'string', default: '1x10,100x10,1x5000' },
  },
});

const options = {
  servers: Number(values.servers),
  tools: Number(values.tools),
  connections: values.connections.split(',').map(Number),
  seconds: Number(values.seconds),
  warmSeconds: Number(values.warm),
  rounds: Number(values.rounds),
};
const shapes = values.shapes.split(',').filter((shape) => shape !== '');

/** The calls at most connections but one first: they warm what all the others need. */
function wantedCells(): Wanted[] {
  const both = (connections: number): Wanted[] => [
    { method: 'tools/call', connections },
    { method: 'tools/list', connections },
  ];
  return options.connections.flatMap(both);
}

function shapeOf(text: string): Shape {
  const [servers = 1, tools = 1] = text.split('x').map(Number);
  return { servers, tools };
}

const growthWanted: readonly Wanted[] = [
  { method: 'tools/call', connections: 8 },
  { method: 'tools/list', connections: 1 },
];

/** Results are published: they tell nothing of where things lie on this machine. */
function withoutPaths(text: string): string {
  return text.replace(/(?<![\w:])(?:\/[\w.@+-]+){2,}/g, '…');
}

async function measured(kind: GatewayKind, shape: Shape, wanted: readonly Wanted[]) {
  try {
    return await measureGateway(kind, shape, wanted, options);
  } catch (error) {
    const failed = withoutPaths((error as Error).message).slice(0, 600);
    say(`${kind.name} ${shape.servers}x${shape.tools}: ${failed}`);
    return { cells: wanted.map((each) => ({ ...shape, ...each, reports: [], failed })) };
  }
}

async function resultOf(kind: GatewayKind): Promise<GatewayResult> {
  const { name, title, note } = kind;
  const found = await checkGateway(kind);
  const base = { name, title, ...(note ? { note } : {}), measuredAt: new Date().toISOString() };
  if ('absent' in found) return { ...base, absent: found.absent, startMs: [], cells: [] };
  const main: Partial<Measured> & { readonly cells: readonly Cell[] } = await measured(
    kind,
    options,
    wantedCells(),
  );
  const startMs = main.startMs === undefined ? [] : [main.startMs];
  const cells = [...main.cells];
  for (const shape of kind.plain ? [] : shapes.map(shapeOf)) {
    const grown = await measured(kind, shape, growthWanted);
    cells.push(...grown.cells);
  }
  const idle = main.idleRssBytes === undefined ? {} : { idleRssBytes: main.idleRssBytes };
  return { ...base, version: found.version, startMs, ...idle, cells };
}

async function main(): Promise<void> {
  const order = gatewayKinds.map(({ name }) => name);
  const chosen = values.only?.split(',') ?? order;
  const unknown = chosen.filter((name) => !order.includes(name));
  if (unknown.length > 0) throw new Error(`no gateway ${unknown.join(', ')}; ${order.join(', ')}`);
  const machine = await describeMachine();
  for (const kind of gatewayKinds.filter(({ name }) => chosen.includes(name))) {
    say(kind.title);
    const results = { machine, options, gateways: [await resultOf(kind)] };
    writeResults(values.name, merged(readResults().get(values.name), results, order));
    writePage();
  }
}

await main();
