import { afterAll, afterEach, expect, test } from 'vitest';
import { CONSUMER_ADMIN, CONTACT, linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { prepareRegistration } from './prepare.ts';
import { closeBrowser, openStage, pick, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('CTR-08 CTR-12 the way to the connection goes on where it was left, whichever tab was closed', async () => {
  stage = await openStage();
  const { provider, number } = await prepareRegistration(stage);
  const link = await linkFromWorkNote(provider, number);
  const first = await stage.window();
  const again = async () => {
    const page = await first.context().newPage();
    await page.goto(`${(stage as Stage).consumer.origin}/provider-connections`);
    await page.getByRole('link', { name: 'PRC0001001' }).click();
    return page;
  };
  await first.goto(link);
  await signIn(first, CONSUMER_ADMIN);
  await first.getByRole('button', { name: 'Import' }).click();
  await first.getByRole('heading', { name: 'PRC0001001' }).waitFor();

  const second = await again();
  await first.close();
  await pick(second, 'Company', 'Northwind Services Ltd');
  await second.getByRole('button', { name: /Get Started/ }).click();
  await second
    .getByText('Awaiting Validation', { exact: true })
    .or(second.getByText('Validated', { exact: true }))
    .first()
    .waitFor();

  const third = await again();
  await second.close();
  await third.getByRole('button', { name: 'Connect to Provider' }).click();
  await third.waitForURL(`${stage.provider.origin}/**`);

  const fourth = await again();
  await third.close();
  await fourth.getByRole('button', { name: 'Open the provider’s page again' }).click();
  await fourth.getByLabel('User name').fill(CONTACT.username);
  await fourth.getByLabel('Password').fill(CONTACT.password);
  await fourth.getByRole('button', { name: 'Sign in' }).click();
  await fourth.getByRole('button', { name: 'Allow' }).click();
  await fourth.getByText('Onboarded', { exact: true }).first().waitFor();
  expect(await fourth.getByRole('list', { name: 'Progress' }).getByRole('listitem').count()).toBe(7);
});

test('OQ-24 opening a link changes nothing, a second import opens the same record, and a damaged link says so', async () => {
  stage = await openStage();
  const { provider, number } = await prepareRegistration(stage);
  const link = await linkFromWorkNote(provider, number);
  const carol = await stage.window();
  const list = `${stage.consumer.origin}/provider-connections`;
  await carol.goto(link);
  await signIn(carol, CONSUMER_ADMIN);
  await carol.getByText('invites you to connect').waitFor();
  expect(carol.url()).toBe(`${stage.consumer.origin}/sx/join`);
  await carol.getByRole('link', { name: 'Provider Connections' }).click();
  await carol.getByText('No provider connection yet').waitFor();

  for (const attempt of ['first', 'second']) {
    await carol.goto(list);
    await carol.getByRole('button', { name: 'Paste registration link' }).first().click();
    await carol
      .getByRole('textbox', { name: 'Registration link' })
      .fill(attempt === 'first' ? link : (link.split('#')[1] ?? ''));
    await carol.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
    await carol.getByRole('heading', { name: 'PRC0001001' }).waitFor();
  }

  await carol.goto(`${stage.consumer.origin}/sx/join#i=x&s=y`);
  await carol.getByText('This registration link is damaged').waitFor();
});
