import { afterAll, afterEach, expect, test } from 'vitest';
import { CONSUMER_ADMIN, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import {
  administratorsOf,
  closeBrowser,
  field,
  keepScreen,
  openStage,
  pick,
  type Stage,
  signIn,
  textOf,
} from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('REG-01 REG-17 REG-18 the whole registration by mouse, two people, from the form to Closed Complete', async () => {
  stage = await openStage();
  await administratorsOf(stage);
  const { provider, consumer } = stage;
  const ada = await stage.window();

  await ada.goto(`${provider.origin}/provider`);
  await signIn(ada, PROVIDER_ADMIN);
  await field(ada, 'Provider name').fill('Northwind-Services');
  await ada.getByRole('button', { name: 'Set up provider' }).click();
  await ada.getByRole('main').getByText('Northwind-Services').waitFor();

  await ada.getByRole('link', { name: 'Companies' }).click();
  await ada.getByRole('button', { name: 'New company' }).first().click();
  await field(ada, 'Company name').fill('Contoso Retail');
  await ada.getByRole('button', { name: 'Save' }).click();
  await ada.getByRole('heading', { name: 'Contoso Retail' }).waitFor();
  await ada.getByRole('button', { name: 'New contact' }).first().click();
  await field(ada, 'Name').fill('Carol Jones');
  await field(ada, 'User name').fill('carol.jones');
  await field(ada, 'E-mail').fill('carol.jones@contoso.example');
  await ada.getByLabel('Give the role sn_sb_pro.consumer').uncheck();
  await ada.getByRole('button', { name: 'Save' }).click();
  await ada.getByRole('heading', { name: 'Carol Jones' }).waitFor();
  await ada.getByRole('button', { name: 'Send sign-in link' }).click();
  const welcome = await textOf(ada.getByRole('dialog').locator('code'));
  await ada.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  await ada.getByRole('link', { name: 'Consumer Registrations' }).click();
  await ada.getByRole('heading', { name: 'Consumer Registrations' }).waitFor();
  await ada.getByRole('button', { name: 'New' }).first().click();
  await pick(ada, 'Company', 'Contoso Retail');
  await pick(ada, 'Contact', /Carol Jones/);
  expect(await ada.getByLabel('Does not hold the consumer role: grant it').isChecked()).toBe(true);
  expect(await ada.getByRole('textbox', { name: 'URL' }).count()).toBe(0);
  await ada.getByRole('button', { name: 'Unlock the URL' }).click();
  await ada.getByRole('textbox', { name: 'URL' }).fill(consumer.origin);
  await ada.getByRole('button', { name: 'Lock the URL' }).click();
  expect(await ada.getByRole('link', { name: consumer.origin }).getAttribute('href')).toBe(consumer.origin);
  await keepScreen(ada, 'new-registration-filled');
  await ada.getByRole('button', { name: 'Save' }).click();
  await ada.getByRole('heading', { name: 'REG0001001' }).waitFor();
  await ada.getByText('Open', { exact: true }).first().waitFor();
  const link = await textOf(ada.getByRole('listitem').filter({ hasText: 'Registration link' }).locator('code'));

  const carol = await stage.window();
  await carol.goto(welcome);
  await carol.getByLabel('New password').fill('Named-contact-2026');
  await carol.getByRole('button', { name: 'Set password and sign in' }).click();
  await carol.getByRole('heading', { name: 'Overview' }).waitFor();
  await carol.goto(link);
  expect(carol.url()).not.toContain('#');
  await carol.getByText('It is kept while you sign in').waitFor();
  await signIn(carol, CONSUMER_ADMIN);
  await carol.getByText('Northwind-Services invites you to connect').waitFor();
  await keepScreen(carol, 'join');
  await carol.getByRole('button', { name: 'Import' }).click();
  await carol.getByRole('heading', { name: 'PRC0001001' }).waitFor();
  await carol.getByRole('link', { name: 'Add it first' }).click();
  await carol.getByRole('button', { name: 'New company' }).first().click();
  await field(carol, 'Company name').fill('Northwind Services Ltd');
  await carol.getByRole('button', { name: 'Save' }).click();
  await carol.getByRole('heading', { name: 'Northwind Services Ltd' }).waitFor();
  await carol.getByRole('link', { name: 'Provider Connections' }).click();
  await carol.getByRole('link', { name: 'PRC0001001' }).click();
  await pick(carol, 'Company', 'Northwind Services Ltd');
  await carol.getByRole('button', { name: /Get Started/ }).click();
  await carol.getByRole('button', { name: 'Connect to Provider' }).click();
  await carol.waitForURL(`${provider.origin}/**`);
  await keepScreen(carol, 'consent');
  await carol.getByRole('button', { name: 'Allow' }).click();
  await carol.getByText('Both instances are connected.').first().waitFor();
  expect(carol.url()).toBe(`${consumer.origin}/provider-connections/PRC0001001`);
  await carol.getByText('Onboarded', { exact: true }).first().waitFor();
  await keepScreen(carol, 'onboarded');

  await ada.getByText('Closed Complete', { exact: true }).first().waitFor();
  await keepScreen(ada, 'closed-complete');
  await ada.getByRole('link', { name: 'Open CON0001001 under Consumers' }).click();
  await ada.getByText('Service account').waitFor();
  await keepScreen(ada, 'consumer-connection');
});
