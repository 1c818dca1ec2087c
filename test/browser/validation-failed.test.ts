import { renameSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN, registerConsumer } from '../../src/demo/registration-story.ts';
import { prepareDirectories } from './prepare.ts';
import { closeBrowser, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('REG-48 REG-49 REG-50 REG-52 REG-54 HLT-01 a registration fails its checks, is repaired, and opens on the screen that was left open', async () => {
  stage = await openStage();
  const { provider, contact } = await prepareDirectories(stage);
  const { rootKeyFile } = stage.provider;
  renameSync(rootKeyFile, `${rootKeyFile}.away`);
  const { number } = await registerConsumer(provider, contact, stage.consumer.origin);

  const ada = await stage.window();
  await ada.goto(`${stage.provider.origin}/registrations/${number}`);
  await signIn(ada, PROVIDER_ADMIN);
  const banner = ada.getByRole('alert').filter({ hasText: 'This registration cannot open yet' });
  await banner.waitFor();
  expect(await ada.getByRole('main').textContent()).not.toContain('/sx/join');
  await keepScreen(ada, 'validation-failed');

  const dashboard = await ada.context().newPage();
  await dashboard.goto(ada.url());
  await dashboard.getByRole('link', { name: 'See what to fix in the Health Dashboard' }).click();
  await dashboard.getByText(`Only issues that hold up ${number}.`).waitFor();
  const validate = dashboard.getByRole('button', { name: 'Validate & Resolve' });
  await validate.first().waitFor();
  await keepScreen(dashboard, 'health-filtered');
  await validate.first().click();
  await dashboard.getByText('Still there', { exact: true }).waitFor();

  renameSync(`${rootKeyFile}.away`, rootKeyFile);
  await dashboard.getByText(`No open issue holds up ${number}`).waitFor({ timeout: 60_000 });
  await keepScreen(dashboard, 'health-nothing-left');
  await dashboard.goto(stage.provider.origin);
  await dashboard.getByRole('navigation').getByRole('link', { name: 'Health Dashboard' }).click();
  await dashboard.getByRole('heading', { name: 'Health Dashboard' }).waitFor();
  // Nobody touched this window since the banner.
  await ada.getByText('Open', { exact: true }).first().waitFor();
  expect(await banner.count()).toBe(0);
  await ada.getByRole('listitem').filter({ hasText: 'Registration link' }).locator('code').waitFor();
});
