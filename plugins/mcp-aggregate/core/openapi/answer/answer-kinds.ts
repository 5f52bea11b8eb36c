/** How a body of an API is shown to a model. */
export type AnswerKind = 'json' | 'text' | 'image' | 'audio' | 'binary';

/** What models take as pictures; others are files like any other. */
const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const texts =
  /^(application\/(xml|yaml|x-yaml|javascript|ecmascript|graphql|sql|x-ndjson|ndjson|jsonl|x-www-form-urlencoded|toml|rtf)|image\/svg\+xml)$|\+(xml|yaml|json-seq)$/;

export interface MediaType {
  /** In lower case, without parameters; empty where there is none. */
  readonly type: string;
  readonly charset: string | undefined;
}

export function readMediaType(header: string | readonly string[] | undefined): MediaType {
  const [type = '', ...parameters] = (typeof header === 'string' ? header : '')
    .toLowerCase()
    .split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([\w.:-]{1,40})"?\s*$/.exec(parameter)?.[1])
    .find((found) => found !== undefined);
  const trimmed = type.trim();
  return { type: /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(trimmed) ? trimmed : '', charset };
}

export function kindOfAnswer({ type }: MediaType): AnswerKind {
  if (/^(application|text)\/json$|\+json$/.test(type)) return 'json';
  if (texts.test(type) || type.startsWith('text/')) return 'text';
  if (images.has(type)) return 'image';
  return type.startsWith('audio/') ? 'audio' : 'binary';
}

/** The text, or undefined where the bytes are none in that charset. */
export function decodedText(bytes: Uint8Array, charset = 'utf-8'): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
