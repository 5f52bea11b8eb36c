/** Values of a log entry as the functions of kong/direct note them: `a/b` is `/b` in the object `a`. */
export function noted(values: Readonly<Record<string, string>>): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const slash = name.indexOf('/');
    if (slash < 0) made[name] = value;
    else {
      const own = (made[name.slice(0, slash)] ??= {}) as Record<string, unknown>;
      own[name.slice(slash)] = value;
    }
  }
  return made;
}
