import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { administratorsOf, closeBrowser, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

const MOST_BYTES = 300_000;

test('the first screen needs at most 300 kB of script, gzipped, and asks nobody but the instance for anything', async () => {
  stage = await openStage();
  await administratorsOf(stage);
  const { origin } = stage.provider;
  const page = await stage.window();
  const scripts: Promise<number>[] = [];
  const elsewhere: string[] = [];
  page.on('response', (response) => {
    if (!response.url().startsWith(origin)) elsewhere.push(response.url());
    if (response.request().resourceType() === 'script')
      scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(`${origin}/registrations`);
  await signIn(page, PROVIDER_ADMIN);
  await page.getByText('No consumer is registered').waitFor();
  const bytes = (await Promise.all(scripts)).reduce((sum, each) => sum + each, 0);
  const { shown, loaded } = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { shown: paint?.startTime ?? 0, loaded: navigation?.loadEventEnd ?? 0 };
  });
  console.log(
    `first screen: ${Math.round(bytes / 1000)} kB of script gzipped, first paint after ${Math.round(shown)} ms, loaded after ${Math.round(loaded)} ms`,
  );
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  expect(elsewhere).toEqual([]);
});

test('no screen breaks the content security policy', async () => {
  stage = await openStage();
  await administratorsOf(stage);
  const page = await stage.window();
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text());
  });
  await page.goto(`${stage.provider.origin}/`);
  await signIn(page, PROVIDER_ADMIN);
  for (const name of ['Consumer Registrations', 'Health Dashboard', 'Contacts', 'Audit', 'Settings']) {
    await page.getByRole('link', { name }).first().click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  }
  expect(refused).toEqual([]);
});
