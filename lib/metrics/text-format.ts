import type { FamilySnapshot, SeriesSnapshot } from './snapshot.js';

/** Media type of what `renderText` makes. */
export const textFormat = 'text/plain; version=0.0.4; charset=utf-8';

/** Figures as Prometheus reads them (text format 0.0.4). */
export function renderText(families: readonly FamilySnapshot[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, help, type, series } = family;
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    for (const each of series) {
      if (type === 'histogram') histogramLines(lines, family, each);
      else lines.push(`${name}${braced(each.text)} ${numberText(each.values[0] ?? 0)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines(
  lines: string[],
  { name, bounds }: FamilySnapshot,
  { text, values }: SeriesSnapshot,
): void {
  let below = 0;
  for (const [at, bound] of [...bounds, Infinity].entries()) {
    below += values[at] ?? 0;
    const labels = `${text}${text === '' ? '' : ','}le="${numberText(bound)}"`;
    lines.push(`${name}_bucket{${labels}} ${below}`);
  }
  lines.push(`${name}_sum${braced(text)} ${numberText(values[bounds.length + 1] ?? 0)}`);
  lines.push(`${name}_count${braced(text)} ${below}`);
}

function braced(text: string): string {
  return text === '' ? '' : `{${text}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A number as the text format writes it. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
