import type { Page } from 'playwright-core';

/** A person at the sign-in page of the demo's authorization server; answers the scopes it shows. */
export async function allow(page: Page): Promise<string> {
  const button = page.getByRole('button', { name: 'Allow' });
  await button.waitFor();
  const scopes = await page.locator('dd').last().innerText();
  await button.click();
  return scopes;
}
