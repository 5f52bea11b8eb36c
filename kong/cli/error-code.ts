/** Node's code of a failed operation (`ENOENT` …), fit to be shown: messages may hold paths and secrets. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
