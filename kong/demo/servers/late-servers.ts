import type { ListedTool } from './list-tools.js';

interface Late {
  readonly name: string;
  readonly prefix: string;
}

const lookEachMs = 1_000;
const giveUpMs = 10 * 60_000;

/** Announces servers that were still starting when the ready text was printed. */
export class LateServers {
  readonly #say: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Looks once a second, for ten minutes at most, until each has shown its tools. */
  follow(servers: readonly Late[], list: () => Promise<readonly ListedTool[] | undefined>): void {
    let missing = servers;
    const endAt = Date.now() + giveUpMs;
    const look = async () => {
      const tools = (await list()) ?? [];
      missing = missing.filter(({ name, prefix }) => {
        const count = tools.filter((tool) => tool.name.startsWith(prefix)).length;
        if (count > 0) {
          this.#say(`server ${name} is there: ${count} ${count === 1 ? 'tool' : 'tools'}`);
        }
        return count === 0;
      });
      if (this.#timer !== undefined) next();
    };
    const next = () => {
      if (missing.length === 0 || Date.now() > endAt) return this.stop();
      this.#timer = setTimeout(() => void look(), lookEachMs);
    };
    next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
