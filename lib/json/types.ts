/** Half-open range of byte offsets in a buffer. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** One member of an object; `key` is unescaped, the spans are the bytes as they stand. */
export interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Span;
  readonly kind: JsonKind;
}

/** One JSON value as the bytes it arrived in, without surrounding whitespace. */
export type RawJson = Buffer;

/** A JSON-RPC message, read once; spans point into the bytes it was read from. */
export type Envelope = RequestEnvelope | NotificationEnvelope | ResponseEnvelope;

interface EnvelopeBase {
  /** The whole message. */
  readonly span: Span;
}

export interface RequestEnvelope extends EnvelopeBase {
  readonly kind: 'request';
  /** The id as it stands: a string or a number, never null. */
  readonly id: Span;
  readonly method: string;
  readonly params: ParamsEnvelope | undefined;
}

export interface NotificationEnvelope extends EnvelopeBase {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: ParamsEnvelope | undefined;
}

export interface ResponseEnvelope extends EnvelopeBase {
  readonly kind: 'response';
  /** Absent where an error answers a message whose id could not be read. */
  readonly id: Span | undefined;
  readonly result: Span | undefined;
  readonly error: Span | undefined;
}

/** What routing needs of `params`; every span is a value, quotes included. */
export interface ParamsEnvelope {
  readonly span: Span;
  readonly members: readonly Member[];
  /** `name` where it is a string (tools/call, prompts/get): its value, unescaped, and its bytes. */
  readonly name: { readonly text: string; readonly span: Span } | undefined;
  /** `uri` where it is a string (resources/*). */
  readonly uri: { readonly text: string; readonly span: Span } | undefined;
  /** Members of `_meta`; empty where it is absent. */
  readonly meta: readonly Member[];
  /** `_meta["io.modelcontextprotocol/protocolVersion"]`, by which a modern message opens. */
  readonly protocolVersion?: string | undefined;
  /** What `completion/complete` asks about: `ref.name` of a prompt or `ref.uri` of a resource. */
  readonly ref?: CompletionRef | undefined;
  /** `taskId` where it is a string (tasks/*). */
  readonly taskId?: { readonly text: string; readonly span: Span } | undefined;
}

export interface CompletionRef {
  readonly kind: 'prompt' | 'resource';
  readonly text: string;
  readonly span: Span;
}
