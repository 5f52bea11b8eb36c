import type { Page } from 'playwright-core';

/** Notes what no page of ours may do: dialogs, which foreign text could open, and errors. */
export function noticeFaults(page: Page, noticed: string[]): void {
  page.on('dialog', (dialog) => {
    noticed.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', ({ message }) => noticed.push(`error ${message}`));
}
