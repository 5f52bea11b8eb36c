import { ownTail } from '../kong/kong-texts.js';

let count = 0;

/**
 * What follows from a request, written down for the function of kong/direct/fewer-calls.ts to do in
 * one go: letters for deeds, and texts behind their lengths.
 */
export class Deeds {
  #text: string;

  /** @param word that came with the answer to the question about this request */
  constructor(word: string) {
    this.#text = `\u0001!${item(word)}`;
  }

  /** Removes a header of the request. */
  clear(name: string): void {
    this.#text += `c${item(name)}`;
  }

  /** Sets headers of the request. */
  set(headers: Readonly<Record<string, string>>): void {
    for (const name in headers) this.#text += `h${item(name)}${item(headers[name]!)}`;
  }

  /** Members of `mcp` in log entries; those that are no texts are left out. */
  log(values: Readonly<Record<string, unknown>>): void {
    for (const name in values) {
      const value = values[name];
      if (typeof value === 'string') this.#text += `l${item(name)}${item(value)}`;
    }
  }

  /** A value in `kong.ctx.shared`. */
  share(name: string, value: string): void {
    this.#text += `s${item(name)}${item(value)}`;
  }

  /** `kong.client.authenticate` with a credential and no consumer. */
  authenticate(id: string, consumerId: string): void {
    this.#text += `a${item(id)}${item(consumerId)}`;
  }

  /** `kong.service.set_target`. */
  target(host: string, port: number): void {
    this.#text += `t${item(host)}${item(String(port))}`;
  }

  /** All of it, to be told once. */
  text(): string {
    return `${this.#text}.${ownTail(++count)}`;
  }
}

function item(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}
