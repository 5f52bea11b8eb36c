import type { Finding } from '../validate/finding.js';
import type { About } from './report.js';

export interface PinStatus {
  readonly source?: string;
  readonly problem?: string | null;
  readonly serves?: boolean;
  readonly differing?: Readonly<Record<string, number>>;
  readonly withheld?: number;
}

export interface LintStatus {
  readonly findings?: number;
  readonly by_rule?: Readonly<Record<string, number>>;
}

/** What `/status` says of the pinned definitions of a server. */
export function pinFindings(
  say: About,
  place: string,
  name: string,
  { pin, lint }: { readonly pin?: PinStatus | null; readonly lint?: LintStatus | null },
): readonly Finding[] {
  const findings: Finding[] = [];
  if (pin?.problem) {
    const message = `its pins (${pin.source ?? 'unknown'}) cannot be used: ${pin.problem}`;
    const mend = `correct pin_lockfile of servers[${name}], or write the file with kong-mcp pin`;
    findings.push(
      pin.serves === false ? say.error(place, message, mend) : say.warning(place, message, mend),
    );
  }
  const differing = Object.entries(pin?.differing ?? {}).filter(([, count]) => count > 0);
  if (differing.length > 0) {
    const what = differing.map(([change, count]) => `${count} ${change}`).join(', ');
    const message = `definitions are not as approved: ${what}; ${pin?.withheld ?? 0} withheld`;
    const mend = `review them: kong-mcp pin --diff, then kong-mcp pin (${pin?.source ?? ''})`;
    findings.push(say.warning(place, message, mend));
  }
  const rules = Object.entries(lint?.by_rule ?? {});
  if (rules.length > 0) {
    const what = rules.map(([rule, count]) => `${rule} ${count}`).join(', ');
    findings.push(
      say.warning(place, `definitions to look at: ${what}`, `see lint of ${name} in /status`),
    );
  }
  return findings;
}
