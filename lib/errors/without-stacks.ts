/**
 * Runs what makes errors that nobody looks at, one for each thing that somebody else sends: they are
 * made without stacks, which cost ten times what else there is of an error. So are those it throws.
 */
export function withoutStacks<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
