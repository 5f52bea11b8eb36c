import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import {
  ownDefinitions,
  searchBounds,
} from '../../plugins/mcp-aggregate/core/discovery/own-definitions.js';
import { searchResult } from '../../plugins/mcp-aggregate/core/discovery/search-result.js';
import { termsOf } from '../../plugins/mcp-aggregate/core/discovery/terms.js';
import { ToolIndex } from '../../plugins/mcp-aggregate/core/discovery/tool-index.js';
import type { PreparedItem } from '../../plugins/mcp-aggregate/core/items/prepare-item.js';

/** What a task costs, in tokens. */
export interface Cost {
  /** Requests to the model. */
  turns: number;
  /** All that is sent and written, each turn with the whole context. */
  tokens: number;
  /** The same, where what the turn before has sent counts a tenth. */
  cached: number;
  /** The same, where tools and instructions are in the cache from an earlier task. */
  warm: number;
}

/** Texts of an ordinary size: instructions of an agent, a task, a tool's result, an answer. */
const sizes = { system: 400, task: 80, thought: 25, result: 250, answer: 150 } as const;
const cachedShare = 0.1;

/** The conversation of one task as an LLM's API counts it. */
class Conversation {
  readonly cost: Cost = { turns: 0, tokens: 0, cached: 0, warm: 0 };
  readonly #first: number;
  #context: number;
  #before = 0;

  constructor(tools: number) {
    this.#first = sizes.system + tools;
    this.#context = this.#first + sizes.task;
  }

  /** The model writes `output`, and what comes of it is added. */
  turn(output: number, result: number): void {
    const written = sizes.thought + output;
    this.cost.turns += 1;
    this.cost.tokens += this.#context + written;
    this.cost.cached += this.#priced(this.#before) + written;
    this.cost.warm += this.#priced(Math.max(this.#before, this.#first)) + written;
    this.#before = this.#context;
    this.#context += written + result;
  }

  #priced(known: number): number {
    return known * cachedShare + this.#context - known;
  }
}

/** An agent that is shown all tools. */
export function withList(tools: readonly PreparedItem[], task: readonly PreparedItem[]): Cost {
  const conversation = new Conversation(tokensOf(tools.map(({ raw }) => raw)));
  for (const tool of task) conversation.turn(callTokens(tool, false), sizes.result);
  conversation.turn(sizes.answer, 0);
  return conversation.cost;
}

/**
 * An agent that searches for each tool that no search has shown it yet, with words of the tool's
 * description; then with more of them, then with its name.
 */
export function withSearch(
  index: ToolIndex,
  tools: ReadonlyMap<string, PreparedItem>,
  task: readonly PreparedItem[],
): Cost {
  const conversation = new Conversation(tokensOf(ownDefinitions));
  const seen = new Set<string>();
  for (const tool of task) {
    for (const query of queriesFor(tool)) {
      if (seen.has(tool.name)) break;
      const names = index.find(termsOf(query, 12), () => true);
      const shown = names.slice(0, searchBounds.usualResults).map((name) => tools.get(name)!);
      for (const { name } of shown) seen.add(name);
      const found = { tools: shown, more: names.length - shown.length, missing: [] };
      const call = JSON.stringify({ name: 'search_tools', arguments: { query } });
      conversation.turn(countTokens(call), resultTokens(searchResult(found)));
    }
    if (!seen.has(tool.name)) throw new Error(`${tool.name} was never found`);
    conversation.turn(callTokens(tool, true), sizes.result);
  }
  conversation.turn(sizes.answer, 0);
  return conversation.cost;
}

export function indexOf(tools: readonly PreparedItem[]): ToolIndex {
  const index = new ToolIndex();
  for (const tool of tools) index.add(tool);
  return index;
}

function queriesFor({ name, raw }: PreparedItem): readonly string[] {
  const { description = '' } = JSON.parse(raw.toString()) as { description?: string };
  const words = [...new Set(termsOf(description, 40))];
  return [words.slice(0, 4), words.slice(0, 10), termsOf(name, 12)]
    .map((some) => some.join(' '))
    .filter((query) => query !== '');
}

/** Arguments as short as the tool takes them. */
function callTokens({ name, raw }: PreparedItem, wrapped: boolean): number {
  const { inputSchema } = JSON.parse(raw.toString()) as {
    inputSchema: { properties?: object; required?: readonly string[] };
  };
  const given = inputSchema.required ?? Object.keys(inputSchema.properties ?? {}).slice(0, 2);
  const call = { name, arguments: Object.fromEntries(given.map((key) => [key, 'some value'])) };
  return countTokens(JSON.stringify(wrapped ? { name: 'call_tool', arguments: call } : call));
}

function resultTokens(result: Buffer): number {
  const { content } = JSON.parse(result.toString()) as { content: readonly { text: string }[] };
  return countTokens(content[0]!.text);
}

const counted = new WeakMap<Buffer, number>();

function tokensOf(raws: readonly Buffer[]): number {
  return raws.reduce((sum, raw) => {
    const tokens = counted.get(raw) ?? countTokens(raw.toString());
    counted.set(raw, tokens);
    return sum + tokens;
  }, 0);
}
