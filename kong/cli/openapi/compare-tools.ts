import { isDeepStrictEqual } from 'node:util';
import { visible } from '../../../lib/visible.js';

/** A tool as lists show it. */
export interface ShownTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema?: {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
    readonly $defs?: unknown;
  };
  readonly outputSchema?: unknown;
  readonly annotations?: unknown;
}

/** What clients will see differently: one line for each tool that is new, gone or changed. */
export function compareTools(before: readonly ShownTool[], after: readonly ShownTool[]): string {
  const old = new Map(before.map((tool) => [tool.name, tool]));
  const now = new Set(after.map(({ name }) => name));
  const lines = [
    ...before.filter(({ name }) => !now.has(name)).map(({ name }) => `- ${name}`),
    ...after.flatMap((tool) => {
      const was = old.get(tool.name);
      if (was === undefined) return [`+ ${tool.name}`];
      const changes = changesOf(was, tool);
      return changes.length === 0 ? [] : [`~ ${tool.name}: ${changes.join('; ')}`];
    }),
  ];
  if (lines.length === 0) return 'No tool differs.\n';
  return `${lines.map(visible).join('\n')}\n`;
}

function changesOf(was: ShownTool, is: ShownTool): string[] {
  const [old, now] = [was, is].map(({ inputSchema }) => inputSchema?.properties ?? {}) as [
    Readonly<Record<string, unknown>>,
    Readonly<Record<string, unknown>>,
  ];
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(now, name));
  const added = Object.keys(now).filter((name) => !Object.hasOwn(old, name));
  const other = Object.keys(now).filter(
    (name) => Object.hasOwn(old, name) && !isDeepStrictEqual(old[name], now[name]),
  );
  const needed = (is.inputSchema?.required ?? []).filter(
    (name) => !(was.inputSchema?.required ?? []).includes(name),
  );
  const said = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
  return [
    ...said('without argument', gone),
    ...said('with argument', added),
    ...said('other argument', other),
    ...said('now needs', needed),
    ...differs('definitions', was.inputSchema?.$defs, is.inputSchema?.$defs),
    ...differs('description', was.description, is.description),
    ...differs('output schema', was.outputSchema, is.outputSchema),
    ...differs('annotations', was.annotations, is.annotations),
  ];
}

function differs(what: string, was: unknown, is: unknown): string[] {
  return isDeepStrictEqual(was, is) ? [] : [`other ${what}`];
}
