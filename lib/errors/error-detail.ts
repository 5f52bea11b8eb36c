const longestDetail = 4096;

/** Message and stack of an error with its causes, cut to a bounded length; for the log only. */
export function errorDetail(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && parts.length < 5;) {
    if (at instanceof Error) parts.push(at.stack ?? at.message);
    else parts.push(typeof at === 'string' ? at : `a thrown ${typeof at}`);
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join('\ncaused by: ').slice(0, longestDetail);
}
