import { LineCounter, parseDocument } from 'yaml';
import { endpointRemarks, metadataRemarks, serverRemarks } from './cross-checks.js';
import type { Remark } from './cross-checks.js';
import { facadeRemarks, rootRemarks } from './facade-checks.js';
import { directRemarks } from './direct-remarks.js';
import { functionsRemarks } from './functions-remarks.js';
import { declared } from './declared.js';
import type { Path } from './declared.js';
import type { Finding } from './finding.js';
import { isOurs, readPlugin } from './read-plugin.js';

type Parsed = ReturnType<typeof parseDocument>;

/**
 * What is wrong with a declarative file: by Kong's schema rules for our plugins, by the plugins' own
 * readers, and between plugins, routes and Services. Kong's own entities are left to Kong.
 * @param stdioEntries commands of the operator's files; undefined where none was given
 */
export function validateKongFile(
  file: string,
  text: string,
  stdioEntries: ReadonlySet<string> | undefined,
): Finding[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    return [{ level: 'error', file, line, place: 'YAML', message: broken.message.split('\n')[0]! }];
  }
  const all = declared((document.toJS() ?? {}) as Readonly<Record<string, unknown>>);
  const at = (path: Path) => whereIs(document, lines, path);
  const ours = all.plugins.filter(({ name }) => isOurs(name));
  const readings = ours.map(({ name, config }) => readPlugin(name, config));
  const oauths = readings.flatMap(({ plugin }) => (plugin?.kind === 'oauth' ? plugin.config : []));
  const findings = ours.flatMap((plugin, index): Finding[] => {
    const { errors, references, plugin: read } = readings[index]!;
    const finding = (path: Path, remark: Remark): Finding => ({
      file,
      ...at([...plugin.path, ...path]),
      ...remark,
    });
    const wrong = errors.map(([place, message]) =>
      finding(['config', ...place], { level: 'error', message }),
    );
    const remarks = [
      ...(read?.kind === 'oauth' ? metadataRemarks(plugin, read.config) : []),
      ...(read?.kind === 'oauth' ? facadeRemarks(plugin, read.config, all) : []),
      ...(read?.kind === 'oauth' ? rootRemarks(read.config, oauths) : []),
      ...(read?.kind === 'endpoint' ? endpointRemarks(plugin, read.config, all) : []),
      ...(read?.kind === 'endpoint' ? directRemarks(plugin, read.config, all) : []),
      ...functionsRemarks(plugin, all, read?.kind === 'oauth' || read?.kind === 'endpoint'),
      ...(read?.kind === 'endpoint' ? serverRemarks(read.config, all, stdioEntries) : []),
      ...references.flatMap(environmentNote),
    ];
    return [...wrong, ...remarks.map((remark) => finding(['config'], remark))];
  });
  if (ours.length > 0) return findings;
  const message = 'neither mcp-oauth nor mcp-aggregate is in it';
  return [...findings, { level: 'warning', file, place: 'plugins', message }];
}

function environmentNote(reference: string): Remark[] {
  const name = /^\{vault:\/\/env\/([^/?}]+)/.exec(reference)?.[1];
  if (name === undefined) return [];
  const variable = name.toUpperCase().replaceAll('-', '_');
  return [{ level: 'note', message: `Kong’s environment must hold ${variable}` }];
}

/** The place as text, and the line of the innermost part of it that the document holds. */
function whereIs(
  document: Parsed,
  lines: LineCounter,
  path: Path,
): { place: string; line?: number } {
  const place = path.map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${part}`));
  const text = place.join('').slice(1);
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
    if (node?.range) return { place: text, line: lines.linePos(node.range[0]).line };
  }
  return { place: text };
}
