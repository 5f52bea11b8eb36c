import type { ListedTool } from './servers/list-tools.js';

export interface ExampleCall {
  readonly tool: string;
  /** `name=value` each. */
  readonly args: readonly string[];
}

/**
 * A call worth pasting: the demo's echo; of a user's own servers only a tool that says of itself
 * that it changes nothing, and that needs no argument. None where there is no such tool.
 */
export function exampleCall(tools: readonly ListedTool[], own: boolean): ExampleCall | undefined {
  const harmless = own
    ? tools.find(
        ({ name, inputSchema, annotations }) =>
          annotations?.readOnlyHint === true &&
          /^[\w.-]+$/.test(name) &&
          !inputSchema?.required?.length,
      )
    : tools.find(({ name }) => name === 'everything__echo');
  if (harmless === undefined) return undefined;
  return { tool: harmless.name, args: own ? [] : ['message=hello'] };
}
