import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { bareEnvironment } from '../process.js';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const executablePath = process.env['CHROMIUM_BIN'] ?? onPath();

/** Why no page can be opened here; undefined where one can. */
export const chromiumMissing: string | undefined =
  executablePath === undefined
    ? 'no Chromium is installed, and CHROMIUM_BIN names none'
    : undefined;

/** The name of a suite that needs one, with what is missing. */
export function inChromium(name: string): string {
  return chromiumMissing === undefined ? name : `${name} (${chromiumMissing})`;
}

export interface Chromium {
  /** A page with cookies and storage of its own. */
  page(): Promise<Page>;
  close(): Promise<void>;
}

/** The installed Chromium without a window. It knows the addresses of this machine only. */
export async function startChromium(): Promise<Chromium> {
  if (executablePath === undefined) throw new Error(chromiumMissing);
  const home = mkdtempSync(join(tmpdir(), 'chromium-'));
  const browser: Browser = await chromium.launch({
    executablePath,
    timeout: 60_000,
    env: { ...bareEnvironment, HOME: home },
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
  });
  return {
    page: async () => {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(60_000);
      return page;
    },
    close: async () => {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
