/** One label and its value, as `labelText` writes them. */
const pair = /([a-z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/gy;
const escapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/** Labels and values of a series, from its text between braces. */
export function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(pair)) {
    labels[name] = value.replaceAll(/\\[\\"n]/g, (escaped) => escapes[escaped] ?? escaped);
  }
  return labels;
}
