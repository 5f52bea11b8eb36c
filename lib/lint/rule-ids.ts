/** What a definition is looked at for, by the id that configuration, log and metrics have for it. */
export const lintRules = {
  'hidden-tags': 'characters of the Unicode tags block, which nobody sees and models read',
  'zero-width': 'characters without width inside of texts',
  'variation-selectors': 'variation selectors that vary nothing: bytes can be hidden in them',
  'bidi-control': 'controls that show text in another order than it is read',
  'control-character': 'control characters, ANSI escapes among them',
  'ignore-instructions': 'tells the model to disregard what it was told',
  secrecy: 'tells the model to keep something from the user',
  'authority-markup': 'marks text as if it came from the system, or hides it in a comment',
  'secret-file': 'names files that hold keys, credentials or settings',
  'tool-order': 'tells the model to use this tool before, or in place of, any other',
  'other-server': 'names a tool of another server of the endpoint, or its prefix',
  'long-text': 'a text of more than 8,192 characters',
  'encoded-blob': 'a run of 256 or more characters that looks encoded (base64, hexadecimal)',
} as const;

export type LintRule = keyof typeof lintRules;

export const lintRuleIds = Object.keys(lintRules) as readonly LintRule[];
