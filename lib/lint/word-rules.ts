import type { LintRule } from './rule-ids.js';
import type { FindIn } from './unseen-rules.js';

/** A few words between two that belong together. */
const gap = '[^.\\n]{0,40}?';
const any = (...words: readonly string[]) => `\\b(?:${words.join('|')})\\b`;
const found =
  (...patterns: readonly string[]): FindIn =>
  (text) => {
    for (const pattern of patterns.map(compiled)) {
      const at = text.search(pattern);
      if (at >= 0) return at;
    }
    return undefined;
  };
const known = new Map<string, RegExp>();
const compiled = (pattern: string): RegExp => {
  let made = known.get(pattern);
  if (made === undefined) known.set(pattern, (made = new RegExp(pattern)));
  return made;
};

const never = any('do not', "don't", 'never', 'must not', 'without', 'avoid', 'not to');
const telling = any(
  ...['tell', 'telling', 'mention', 'mentioning', 'inform', 'informing', 'reveal', 'revealing'],
  ...['notify', 'notifying', 'disclose', 'disclosing', 'show', 'showing', 'alert', 'alerting'],
);
const person = any('user', 'users', 'human', 'person', 'anyone', 'them');
const told = any('instructions?', 'prompts?', 'rules', 'guidelines', 'messages?', 'directions');

/**
 * What a text says to the model in place of about the tool. Each looks back over 40 characters at
 * most, so it takes time linear in the text: in lower case, with single spaces.
 */
export const wordRules: Readonly<Partial<Record<LintRule, FindIn>>> = {
  'ignore-instructions': found(
    `${any('ignore', 'disregard', 'forget', 'override', 'bypass')}${gap}${any('previous', 'prior', 'above', 'earlier', 'preceding', 'system', 'other', 'all')}${gap}${told}`,
    `${any('new', 'updated', 'real')} (?:system )?instructions?:`,
    any('you are now', 'from now on,? you', 'act as if you'),
  ),
  secrecy: found(
    `${never}${gap}${telling}${gap}${person}`,
    `${any('keep', 'hide', 'conceal')}${gap}${any('from the user', 'secret from', 'hidden from')}`,
    any('secretly', 'silently (?:send|read|include|add|call|forward)'),
  ),
  'authority-markup': found(
    '<\\/?(?:important|system|secret|instructions?|admin|assistant|critical|hidden)\\b[^>]{0,64}>',
    '<\\|(?:im_start|im_end|system|endoftext)\\|>',
    '\\[\\/?(?:inst|system)\\]',
    '<!--',
  ),
  'secret-file': found(
    '(?:~|\\$home|%userprofile%)[/\\\\]\\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|cursor|claude|config)\\b',
    any('id_rsa', 'id_ed25519', 'id_ecdsa', 'authorized_keys', 'known_hosts', 'kubeconfig'),
    '/etc/(?:passwd|shadow|sudoers)\\b',
    '(?:^|[\\s"\'`/(])\\.env\\b(?!\\.)',
    any('\\.aws/credentials', 'claude_desktop_config\\.json', 'mcp\\.json', '\\.pypirc'),
  ),
  'tool-order': found(
    `${any('before', 'prior to', 'whenever')} (?:you )?(?:using|calling|invoking|use|call|invoke|running|run)${gap}${any('tools?')}`,
    `${any('always', 'must')}${gap}${any('call', 'use', 'invoke', 'run')}${gap}${any('first', 'before any', 'before all', 'before every', 'before each')}`,
    `${any('instead of', 'in place of', 'rather than')}${gap}${any('tools?')}`,
    `${any('use', 'call', 'prefer')} (?:only )?this tool${gap}${any('over', 'instead', 'for everything', 'every time')}`,
  ),
};
