import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserRig } from '../../support/browser/browser-rig.js';
import type { BrowserRig } from '../../support/browser/browser-rig.js';
import { chromiumMissing, inChromium } from '../../support/browser/chromium.js';
import { allow } from '../../support/browser/person.js';

/** A page of another origin, which no proxy helps: what it reads, Chromium lets it read. */
describe.skipIf(chromiumMissing !== undefined)(inChromium('an MCP client in a browser'), () => {
  let rig: BrowserRig;
  beforeAll(async () => {
    rig = await startBrowserRig();
  });
  afterAll(() => rig?.close());

  const open = async (sdk: 'v1' | 'v2', path: string, tool: string): Promise<Page> => {
    const page = await rig.chromium.page();
    await page.goto(rig.client.at({ sdk, endpoint: rig.gateway.at(path), tool }));
    return page;
  };
  const outcome = (page: Page) => page.getByText(/^(done|failed)/).innerText();

  describe.each(['/answered', '/proxied'])('whose registration is %s', (path) => {
    it.each(['v1', 'v2'] as const)('SDK %s logs in and calls a tool', async (sdk) => {
      const page = await open(sdk, path, 'plain__echo');
      expect(await allow(page)).toContain('mcp:tools');
      expect(await outcome(page)).toBe('done: Echo: hello');
    });
  });

  it('SDK v2 logs in again where a tool needs more scopes', async () => {
    const page = await open('v2', '/answered', 'guarded__echo');
    expect(await allow(page)).not.toContain('mcp:more');
    expect(await allow(page)).toContain('mcp:more');
    expect(await outcome(page)).toBe('done: Echo: hello');
  });

  it('a page whose origin is not allowed gets nowhere', async () => {
    const page = await rig.chromium.page();
    const task = { sdk: 'v2', endpoint: rig.gateway.at('/answered'), tool: 'plain__echo' } as const;
    await page.goto(rig.client.at(task).replace('//localhost:', '//127.0.0.1:'));
    expect(await outcome(page)).toContain('Failed to fetch');
  });
});
