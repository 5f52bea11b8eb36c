/** Something that an operator should know of a file, and what mends it. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'note';
  readonly file: string;
  /** From 1; absent where it cannot be told. */
  readonly line?: number;
  /** What it is about, as a path into the document. */
  readonly place: string;
  readonly message: string;
  /** The line or the deed that mends it; absent where the message says it. */
  readonly mend?: string;
}

/** For people: a line for each finding, and below it what mends it. */
export function asText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ file, line, level, place, message, mend }) => [
    `${file}${line === undefined ? '' : `:${line}`}: ${level}: ${place}: ${message}`,
    ...(mend === undefined ? [] : [`  mend: ${mend}`]),
  ]);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  return [...lines, `${errors} errors, ${warnings} warnings`, ''].join('\n');
}

/** For programs. */
export function asJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ findings }, undefined, 2)}\n`;
}
