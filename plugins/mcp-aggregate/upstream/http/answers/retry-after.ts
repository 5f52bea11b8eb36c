/** A server that wants more than a day is not believed to mean it. */
const longestMs = 86_400_000;

/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110 §10.2.3), in seconds or as a date; undefined
 * where there is none, or none that can be read.
 */
export function retryAfterMs(
  header: string | readonly string[] | undefined,
  now = Date.now(),
): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, longestMs);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text))
    return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), longestMs);
}
