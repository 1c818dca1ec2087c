import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Account, Administrator } from '../../src/demo/registration-story.ts';
import { CONSUMER_ADMIN, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { changeUser, readSession, setUp } from '../../src/directory/contract.ts';
import { chromiumArguments, findChromium } from '../harness/chromium.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';

/** Where screenshots are kept for people to look at. */
const SCREENS = resolve(import.meta.dirname, '../../test-results/screens');

/** Two instances and one browser: each person has a window of its own, as on two machines. */
export type Stage = {
  readonly provider: TestInstance;
  readonly consumer: TestInstance;
  /** A window whose cookies nobody else has. */
  window(options?: WindowOptions): Promise<Page>;
  /** Closes everything; of a failed test it keeps what each window showed last. */
  close(test?: { task: { result?: { state: string } | undefined } }): Promise<void>;
};

export type WindowOptions = { width?: number; theme?: 'light' | 'dark' };

const opened: BrowserContext[] = [];
let browser: Browser | undefined;

export async function openStage(env: { provider?: Record<string, string> } = {}): Promise<Stage> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no chromium on this machine');
  browser ??= await chromium.launch({ executablePath, args: chromiumArguments });
  const [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1', ...(env.provider && { env: env.provider }) }),
    openTestInstance({ host: 'localhost' }),
  ]);
  return {
    provider,
    consumer,
    window: async ({ width = 1280, theme = 'light' } = {}) => {
      const context = await (browser as Browser).newContext({
        viewport: { width, height: width < 500 ? 812 : 900 },
        colorScheme: theme,
        reducedMotion: 'reduce',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      opened.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      return page;
    },
    close: async (test) => {
      if (test?.task.result?.state === 'fail') {
        const pages = opened.flatMap((context) => context.pages());
        await Promise.all(pages.map((page, index) => keepScreen(page, `failed-${index}`)));
      }
      await Promise.all(opened.splice(0).map((context) => context.close()));
      await closeTestInstances();
    },
  };
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** The first administrator of both instances, with the key management roles, made through the API. */
export async function administratorsOf(stage: Stage): Promise<{ provider: Administrator; consumer: Administrator }> {
  const [provider, consumer] = await Promise.all([
    administratorOf(stage.provider, PROVIDER_ADMIN),
    administratorOf(stage.consumer, CONSUMER_ADMIN),
  ]);
  return { provider, consumer };
}

async function administratorOf(at: TestInstance, account: Account): Promise<Administrator> {
  const code = await at.instance.firstAdministratorCode();
  if (code === null) throw new Error(`${at.origin} has an administrator already`);
  const visitor = at.visitor();
  await visitor.api.call(setUp, { input: { code, ...account, email: `${account.username}@example.org` } });
  const { user } = await visitor.api.call(readSession, {});
  if (user === null) throw new Error('nobody is signed in');
  await visitor.api.call(changeUser, {
    params: { id: user.id },
    input: { roles: [...user.roles, 'sn_kmf.admin', 'sn_kmf.cryptographic_manager'] },
  });
  return visitor;
}

/** Signs in on whatever screen stands there. */
export async function signIn(page: Page, { username, password }: Account): Promise<void> {
  await field(page, 'User name').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page
    .getByRole('navigation', { name: 'All' })
    .or(page.getByRole('button', { name: 'Open the menu' }))
    .first()
    .waitFor();
}

/** Picks one entry of a searchable list. */
export async function pick(page: Page, label: string, entry: RegExp | string): Promise<void> {
  await list(page, label).click();
  await page.getByRole('option', { name: entry }).click();
}

export const field = (page: Page, name: string): Locator => page.getByRole('textbox', { name, exact: true });

/** A searchable list. */
export const list = (page: Page, name: string): Locator => page.getByRole('combobox', { name, exact: true });

export async function textOf(place: Locator): Promise<string> {
  const text = await place.textContent();
  if (text === null) throw new Error('there is no text here');
  return text.trim();
}

export async function keepScreen(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
}
