import { remembering } from '../flow/remember.js';

export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly type: string;
  /** Parameters by lower-case name, quotes removed. */
  readonly params: ReadonlyMap<string, string>;
}

const essence = /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*/y;
const parameter =
  /;[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*/y;

/**
 * Reads one media type (RFC 9110 section 8.3.1); undefined where it is malformed or repeats a
 * parameter, so that nobody reads another charset than we do.
 */
export const parseMediaType = remembering((text): MediaType | undefined => {
  const found = readAt(text, 0);
  return found?.end === text.length ? found.media : undefined;
});

/** Whether `application/json` may be answered; an absent header accepts everything. */
export function acceptsJson(accept: string | undefined): boolean {
  return accept === undefined || acceptable(accept).json;
}

/** Whether `text/event-stream` may be answered; an absent header accepts everything. */
export function acceptsEventStream(accept: string | undefined): boolean {
  return accept === undefined || acceptable(accept).eventStream;
}

const acceptable = remembering((accept) => {
  const ranges = readRanges(accept);
  return {
    json: accepts(ranges, 'application', 'json'),
    eventStream: accepts(ranges, 'text', 'event-stream'),
  };
});

/** The most specific range that matches decides (RFC 9110 section 12.5.1). */
function accepts(ranges: readonly MediaType[], type: string, subtype: string): boolean {
  for (const wanted of [`${type}/${subtype}`, `${type}/*`, '*/*']) {
    const matching = ranges.filter((range) => range.type === wanted);
    if (matching.length > 0) return matching.some((range) => weightOf(range) > 0);
  }
  return false;
}

function weightOf(range: MediaType): number {
  const q = range.params.get('q');
  if (q === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}

/** No client names more; each costs far more than its bytes. */
const mostRanges = 64;

/** Elements of a list of media ranges; what follows a malformed one, or the 64th, is not read. */
function readRanges(text: string): MediaType[] {
  const ranges: MediaType[] = [];
  let at = 0;
  while (at < text.length && ranges.length < mostRanges) {
    const found = readAt(text, at);
    if (found === undefined || (found.end < text.length && text[found.end] !== ',')) break;
    ranges.push(found.media);
    at = found.end + 1;
  }
  return ranges;
}

function readAt(text: string, at: number): { media: MediaType; end: number } | undefined {
  essence.lastIndex = at;
  const type = essence.exec(text)?.[1]?.toLowerCase();
  if (type === undefined) return undefined;
  const params = new Map<string, string>();
  let end = essence.lastIndex;
  while (text[end] === ';') {
    parameter.lastIndex = end;
    const match = parameter.exec(text);
    if (match === null) return undefined;
    end = parameter.lastIndex;
    if (match[1] === undefined) continue;
    const name = match[1].toLowerCase();
    if (params.has(name)) return undefined;
    params.set(name, match[2] ?? match[3]!.replace(/\\(.)/g, '$1'));
  }
  return { media: { type, params }, end };
}
