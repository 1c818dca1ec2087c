import { afterAll, afterEach, expect, test } from 'vitest';
import { CONSUMER_ADMIN, CONTACT, linkFromWorkNote, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { prepareRegistration } from './prepare.ts';
import { closeBrowser, keepScreen, openStage, pick, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('REG-62 REG-63 the administrator still signed in at the provider cannot consent; both records say so; the contact then can', async () => {
  stage = await openStage();
  const { provider, number } = await prepareRegistration(stage);
  const link = await linkFromWorkNote(provider, number);
  const page = await stage.window();
  await page.goto(`${stage.provider.origin}/registrations/${number}`);
  await signIn(page, PROVIDER_ADMIN);
  await page.getByRole('heading', { name: number }).waitFor();

  // The same browser at the other site, as in a demonstration with two tabs.
  const tab = await page.context().newPage();
  await tab.goto(link);
  await signIn(tab, CONSUMER_ADMIN);
  await tab.getByRole('button', { name: 'Import' }).click();
  await pick(tab, 'Company', 'Northwind Services Ltd');
  await tab.getByRole('button', { name: /Get Started/ }).click();
  await tab.getByRole('button', { name: 'Connect to Provider' }).click();
  await tab.getByText('This is for somebody else').first().waitFor();
  await keepScreen(tab, 'wrong-contact');
  expect(await tab.getByRole('button', { name: 'Allow' }).count()).toBe(0);

  await tab.getByRole('button', { name: /Return to/ }).click();
  await tab.waitForURL(`${stage.consumer.origin}/provider-connections/**`);
  await tab.getByText('The last attempt ended without a connection').waitFor();
  await keepScreen(tab, 'wrong-contact-consumer');
  await page.getByText('Consent was refused').waitFor();
  await keepScreen(page, 'wrong-contact-provider');

  await tab.getByRole('button', { name: 'Connect to Provider' }).click();
  await tab.getByRole('button', { name: 'Sign in as someone else' }).click();
  await tab.getByLabel('User name').fill(CONTACT.username);
  await tab.getByLabel('Password').fill(CONTACT.password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('button', { name: 'Allow' }).click();
  await tab.getByText('Onboarded', { exact: true }).first().waitFor();
  await page.getByText('Closed Complete', { exact: true }).first().waitFor();
});
