const secretWord =
  /^(?:api|access|auth|client|private|refresh)?(?:authorization|auth|cookie|credentials?|key|passphrase|passw(?:or)?d|pat|pwd|secret|token)$/;
const secretPrefix = /^(?:sk-|ghp_|gho_|github_pat_|glpat-|xox[abprs]-|AKIA|eyJ)/;

/** Whether a literal `value` under `name` is probably a secret. Errs on the side of a warning. */
export function looksSecret(name: string, value: string): boolean {
  if (value === '' || value.includes('${') || value.startsWith('{vault://')) return false;
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  const bare = value.replace(/^(?:Bearer|Basic|token)\s+/i, '');
  return words.some((word) => secretWord.test(word)) || secretPrefix.test(bare);
}

/** Places in a command line that probably carry a secret as text, by option name or position. */
export function secretArguments(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const [name = '', ...rest] = arg.split('=');
    if (!name.startsWith('-')) return looksSecret('', arg) ? [`args[${index}]`] : [];
    const next = args[index + 1];
    const value = rest.length > 0 ? rest.join('=') : next?.startsWith('-') === false ? next : '';
    return looksSecret(name, value) ? [`args[${index}] (${name})`] : [];
  });
}
