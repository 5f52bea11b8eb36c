import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, inChromium, startChromium } from '../../support/browser/chromium.js';
import type { Chromium } from '../../support/browser/chromium.js';
import { noticeFaults } from '../../support/browser/notice-faults.js';
import { projectFile } from '../../support/project.js';
import { xssCorpus } from '../../support/hostile/xss-corpus.js';
import { hostileTools, startConsoleRig, turn } from '../../support/rig/console-rig.js';
import type { ConsoleRig } from '../../support/rig/console-rig.js';

/** Elements that the console makes itself. */
const own =
  'article,code,dd,details,div,dl,dt,h2,h3,h4,li,p,pre,q,section,span,strong,summary,time,ul';

/** What `look.mjs` answers. */
interface Made {
  readonly foreign: readonly string[];
  readonly attributes: readonly string[];
}
interface Contrasts {
  readonly ground: number;
  readonly low: readonly string[];
}

const hostile = '.server:has(h3:text("hostile"))';

describe.skipIf(chromiumMissing !== undefined)(inChromium('the console'), () => {
  let rig: ConsoleRig;
  let chromium: Chromium;
  let page: Page;
  const noticed: string[] = [];

  beforeAll(async () => {
    [rig, chromium] = await Promise.all([startConsoleRig(), startChromium()]);
  });
  afterAll(async () => {
    await chromium?.close();
    await rig?.stop();
  });
  afterEach(async () => {
    await page?.context().close();
    expect(noticed.splice(0)).toEqual([]);
  });

  /** Opens it and the hostile server's tools; whatever a page should not do is noticed. */
  async function open(base = rig.operations, width = 1280): Promise<Page> {
    page = await chromium.page();
    const { origin } = new URL(base);
    noticeFaults(page, noticed);
    page.on('console', (message) => noticed.push(`console ${message.text()}`));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) noticed.push(`request ${request.url()}`);
    });
    await page.addInitScript({ path: projectFile('test/support/browser/look.mjs') });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${base}/console`);
    await page.click(`${hostile} details[data-tools] > summary`);
    await page.waitForSelector('.tool');
    return page;
  }

  const openAll = () =>
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");

  it('shows what servers write as text, and runs none of it', async () => {
    await open();
    await openAll();
    expect(await page.evaluate('"hostileRan" in window')).toBe(false);
    const { foreign, attributes } = await page.evaluate<Made>(`look.made('main', '${own}')`);
    expect(foreign).toEqual([]);
    const known = /^(aria-labelledby|class|data-tools|datetime|id|open|tabindex)$/;
    expect(attributes.filter((name) => !known.test(name))).toEqual([]);
    const plain = (text: string) => text.replaceAll('\u2028', '\\u{2028}');
    const texts = (selector: string) => page.evaluate<string[]>(`look.texts('${selector}')`);
    expect(await texts('.tool .title')).toEqual(hostileTools.map(({ title }) => plain(title)));
    const descriptions = hostileTools.map(({ description }) => plain(description));
    expect(await texts('.tool .description')).toEqual(descriptions);
    const schemas = (await texts('.tool pre')).join('\n');
    for (const text of xssCorpus.slice(0, -2)) expect(schemas).toContain(JSON.stringify(text));
    // Of the server that names itself so, and of the one that fails so.
    expect(await page.innerText(hostile)).toContain(`${xssCorpus[3]} ${xssCorpus[0]}`);
    expect(await page.innerText('.server:has(h3:text("broken")) .error')).toContain('<script>');
  });

  it('tells of endpoints, servers and lists what /status tells', async () => {
    await open();
    // Each worker finds out by itself how its servers are, and tries again the one that fails: what
    // the page says of them comes with one of its next looks.
    const says = (selector: string, text: RegExp) =>
      page.locator(selector).filter({ hasText: text }).waitFor();
    await says('.endpoint h2', /^\s*mcp\s/);
    await says('.endpoint > .facts', /Views\s*sums \(1 tool\); all \(1 tool, searched for\)/);
    await says(`${hostile} h3`, /hostile\s*ready/);
    await says('.server:has(h3:text("broken")) h3', /failing/);
    await says(`${hostile} .pin`, /pinned: warn\s+as approved/);
    await says('.figures', /Servers ready\s*2 of 3/);
    await says('.server:has(h3:text("fine"))', /1 tool/);
    await says(`${hostile} .tool:has(code:text-is("hostile__tool_0"))`, /read only/);
  });

  it('says of each tool whose it is, and which rules are about it', async () => {
    await open();
    const rules = (tool: string) => page.locator(`.tool:has(code:text-is("${tool}")) .rules`);
    await openAll();
    expect(await rules('hostile__tool_0').innerText()).toMatch(
      new RegExp(
        'It belongs to server hostile.\\s+Argument /x must not be one value: “<img src=x [^]*”' +
          '\\s+No view shows it.\\s+Pinned: it is as it was approved.$',
      ),
    );
    const fine = page.locator('.server:has(h3:text("fine"))');
    await fine.getByText('Shown of this server: all but *_secret.').waitFor();
    await openAll();
    expect(await rules('fine__add').innerText()).toMatch(
      /Needs mcp:sums; who lacks one is refused[^]*The gateway sets region[^]*Views: sums, all\./,
    );
    expect(await page.innerText('main')).not.toContain('not to be shown');
  });

  it('shows changes of definitions as they come, also of whoever writes script', async () => {
    await open();
    expect(await page.locator('ul.changes').count()).toBe(0);
    try {
      turn(rig, true);
      const changes = page.locator('ul.changes > li');
      await changes.filter({ hasText: 'tool_0 changed in description' }).waitFor();
      await changes.filter({ hasText: 'hostile: tool new added' }).waitFor();
      await changes.filter({ hasText: `tool new ${xssCorpus[3]} added` }).waitFor();
      expect(await page.locator('ul.changes').innerText()).toMatch(
        /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC mcp \/ hostile: tool/,
      );
      expect(await page.innerText(`${hostile} .pin`)).toMatch(/pinned: warn\s+1 changed, 2 added/);
      await page.locator('.rules', { hasText: 'it differs from what was approved' }).waitFor({
        state: 'attached',
      });
      const { foreign } = await page.evaluate<Made>(`look.made('main', '${own}')`);
      expect(foreign).toEqual([]);
      expect(await page.evaluate('"hostileRan" in window')).toBe(false);
    } finally {
      turn(rig, false);
    }
    await page.locator('ul.changes', { hasText: 'tool_0 restored' }).waitFor();
  });

  it('has no playground beside it that nobody switched on', async () => {
    await open();
    expect(await page.locator('#beside a').count()).toBe(0);
    for (const path of ['', '/', '/settings', '/main.mjs']) {
      const { status } = await fetch(`${rig.operations}/console/playground${path}`);
      expect(status, path).toBe(404);
    }
  });

  it('works below the path of a Kong route', async () => {
    await open(rig.mcp.gateway.at('/below/this'));
    expect(await page.locator('.tool').count()).toBeGreaterThan(hostileTools.length);
  });

  it('goes by keyboard, and stays as it was left when it is refreshed', async () => {
    await open();
    const tool = page.locator('.tool > summary').first();
    await tool.focus();
    await page.keyboard.press('Enter');
    const refreshed = () => page.waitForResponse((one) => one.url().endsWith('/status'));
    await refreshed();
    await refreshed();
    expect(
      await page.evaluate('document.activeElement === document.querySelector(".tool > summary")'),
    ).toBe(true);
    expect(await page.locator('.tool[open]').count()).toBe(1);
    await page.reload();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true');
  });

  it('asks for nothing while it is paused or hidden', async () => {
    page = await chromium.page();
    await page.clock.install();
    await page.addInitScript(
      "Object.defineProperty(document, 'hidden', { get: () => 'pretendHidden' in window })",
    );
    await page.goto(`${rig.operations}/console`);
    await page.waitForSelector('.server');
    let asked = 0;
    page.on('request', () => asked++);
    const pass = () => page.clock.runFor(30_000);
    await page.click('#pause');
    await pass();
    expect(asked).toBe(0);
    await page.evaluate('void (window.pretendHidden = true)');
    await page.click('#pause');
    await pass();
    expect(asked).toBe(0);
    await page.evaluate(
      "delete window.pretendHidden; document.dispatchEvent(new Event('visibilitychange'))",
    );
    await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(0);
  });

  it('says when the plugin server does not answer, and keeps what it showed', async () => {
    page = await chromium.page();
    await page.goto(`${rig.operations}/console`);
    await page.waitForSelector('.server');
    await page.route('**/status', (route) => route.fulfill({ status: 503, body: '' }));
    await page.waitForSelector('#trouble:not(:empty)');
    expect(await page.innerText('#trouble')).toContain('503');
    expect(await page.locator('.server').count()).toBe(3);
    await page.unroute('**/status');
    await page.waitForSelector('#trouble:empty', { state: 'attached' });
  });

  it('fits a narrow screen', async () => {
    await open(rig.operations, 320);
    await openAll();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  });

  it.each(['light', 'dark'] as const)('can be read where the system is %s', async (scheme) => {
    await open();
    await page.emulateMedia({ colorScheme: scheme });
    await openAll();
    const { ground, low } = await page.evaluate<Contrasts>('look.contrasts()');
    expect(scheme === 'dark' ? ground < 0.1 : ground > 0.8).toBe(true);
    expect(low).toEqual([]);
  });
});
