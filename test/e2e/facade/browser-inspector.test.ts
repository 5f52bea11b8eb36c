import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserRig } from '../../support/browser/browser-rig.js';
import type { BrowserRig } from '../../support/browser/browser-rig.js';
import { chromiumMissing, inChromium } from '../../support/browser/chromium.js';
import { startInspectorPage } from '../../support/browser/inspector-page.js';
import { allow } from '../../support/browser/person.js';
import { howOften } from '../../support/thorough.js';

const paths = ['/answered', '/proxied'].slice(0, howOften(1, 2));

/** Its pages go from origin to origin; what they fetch goes by way of its own backend. */
describe.skipIf(chromiumMissing !== undefined)(inChromium("the Inspector's page"), () => {
  let rig: BrowserRig;
  beforeAll(async () => {
    rig = await startBrowserRig();
  });
  afterAll(() => rig?.close());

  it.each(paths)('logs in at %s and calls a tool', async (path) => {
    const inspector = await startInspectorPage(rig.gateway.at(path));
    const page = await rig.chromium.page();
    await page.goto(inspector.url);
    await page.getByRole('switch', { name: 'Connect' }).press('Space');
    expect(await allow(page)).toContain('mcp:tools');
    await page.getByText('Tools', { exact: true }).click();
    await page.getByRole('button', { name: 'plain__echo' }).click();
    await page.getByRole('textbox', { name: 'message' }).fill('hello');
    await page.getByRole('button', { name: 'Execute Tool' }).click();
    await page.getByText('Echo: hello').first().waitFor();
    await inspector.close();
  });
});
