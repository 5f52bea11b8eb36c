import { readFile } from 'node:fs/promises';
import { codeOf } from '../error-code.js';

/** What stands in the files; a reason in place of the text of one that cannot be read. */
export type Texts = readonly ({ readonly text: string } | { readonly unreadable: string })[];

const same = (one: Texts | undefined, other: Texts): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/**
 * Files whose content counts, not their times: editors that rename, and links that are turned
 * elsewhere (as Kubernetes does with a ConfigMap), are seen like any change. A file that is being
 * written may be cut off and in order all the same, so a content counts once it was met twice.
 */
export class StableText {
  readonly #files: readonly string[];
  #last: Texts | undefined;
  #told: Texts | undefined;

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /** The content, where it is another than the last one answered, and has come to rest. */
  async changed(): Promise<Texts | undefined> {
    const texts = await readAll(this.#files);
    const rested = same(this.#last, texts);
    this.#last = texts;
    if (!rested || same(this.#told, texts)) return undefined;
    this.#told = texts;
    return texts;
  }
}

/** What stands in the files now. */
export function readAll(files: readonly string[]): Promise<Texts> {
  return Promise.all(
    files.map((file) =>
      readFile(file, 'utf8').then(
        (text) => ({ text }),
        (error: unknown) => ({ unreadable: `${file} cannot be read (${codeOf(error)})` }),
      ),
    ),
  );
}
