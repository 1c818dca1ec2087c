import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { overflowOf, violationsOf } from './accessibility.ts';
import { prepareRegistration } from './prepare.ts';
import { closeBrowser, keepScreen, list, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage;
let number: string;

// Nothing is confirmed in any of them, so all looks share one registration.
beforeAll(async () => {
  stage = await openStage();
  ({ number } = await prepareRegistration(stage));
}, 120_000);
afterAll(async () => {
  await stage.close();
  await closeBrowser();
});

/** What pops up hangs at the end of the page, outside its landmarks, and has a role of its own. */
const OUTSIDE = ['region'];

type Opening = { name: string; path: string; open: (page: Page) => Promise<void> };

const button = (name: string) => async (page: Page) => {
  await page.getByRole('main').getByRole('button', { name }).first().click();
  await page.getByRole('dialog').waitFor();
};

const openings = (): Opening[] => [
  { name: 'company', path: '/companies', open: button('New company') },
  { name: 'paste-link', path: '/provider-connections', open: button('Paste registration link') },
  { name: 'token', path: '/api-tokens', open: button('New token') },
  { name: 'cancel', path: `/registrations/${number}`, open: button('Cancel registration') },
  { name: 'regenerate', path: `/registrations/${number}`, open: button('Regenerate link') },
  { name: 'replace-contact', path: `/registrations/${number}`, open: button('Replace contact') },
  { name: 'generate-key', path: '/key-management/modules/sx.sign', open: button('Generate key') },
  {
    name: 'palette',
    path: '/roles',
    open: async (page) => {
      await page.keyboard.press('ControlOrMeta+k');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'menu',
    path: '/roles',
    open: async (page) => {
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'list',
    path: '/registrations/new',
    open: async (page) => {
      await list(page, 'Company').click();
      await page.getByRole('option').first().waitFor();
    },
  },
];

const looks = (['light', 'dark'] as const).flatMap((theme) => [375, 1280].map((width) => ({ theme, width })));

test.each(looks)('every dialog and menu in $theme at $width px: no violation, closed by Escape', async (look) => {
  const page = await stage.window(look);
  await page.goto(stage.provider.origin);
  await signIn(page, PROVIDER_ADMIN);
  const wrong: string[] = [];
  for (const { name, path, open } of openings()) {
    await page.goto(stage.provider.origin + path);
    await page.getByRole('button', { name: /^Account of/ }).waitFor();
    await open(page);
    await keepScreen(page, `dialog-${name}-${look.theme}-${look.width}`);
    wrong.push(...(await violationsOf(page, OUTSIDE)).map((line) => `${name}: ${line}`));
    if ((await overflowOf(page)) > 0) wrong.push(`${name}: wider than the window`);
    await page.keyboard.press('Escape');
    await page
      .getByRole('dialog')
      .or(page.getByRole('menu'))
      .or(page.getByRole('option'))
      .first()
      .waitFor({ state: 'hidden' });
  }
  expect(wrong).toEqual([]);
});
