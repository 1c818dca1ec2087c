import { afterAll, afterEach, expect, test } from 'vitest';
import { CONSUMER_ADMIN, CONTACT, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { choose, press, tabTo, typeInto } from './keyboard.ts';
import { prepareDirectories } from './prepare.ts';
import { closeBrowser, field, list, openStage, type Stage, textOf } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('the whole registration by keyboard only', async () => {
  stage = await openStage();
  await prepareDirectories(stage);
  const { provider, consumer } = stage;

  const ada = await stage.window();
  await ada.goto(`${provider.origin}/registrations`);
  await typeInto(ada, field(ada, 'User name'), PROVIDER_ADMIN.username);
  await typeInto(ada, ada.getByLabel('Password', { exact: true }), PROVIDER_ADMIN.password);
  await ada.keyboard.press('Enter');
  await press(ada, ada.getByRole('main').getByRole('button', { name: 'New' }));
  await choose(ada, list(ada, 'Company'), 'Contoso Retail');
  await choose(ada, list(ada, 'Contact'), 'Carol Jones');
  await press(ada, ada.getByRole('button', { name: 'Unlock the URL' }));
  await typeInto(ada, field(ada, 'URL'), consumer.origin);
  await press(ada, ada.getByRole('button', { name: 'Save' }));
  await ada.getByRole('heading', { name: 'REG0001001' }).waitFor();
  const note = ada.getByRole('listitem').filter({ hasText: 'Registration link' });
  await press(ada, note.getByRole('button', { name: /Copy/ }));
  await note.getByText('Copied').waitFor();
  const link = await ada.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(await textOf(note.locator('code')));

  const carol = await stage.window();
  await carol.goto(link);
  await typeInto(carol, field(carol, 'User name'), CONSUMER_ADMIN.username);
  await typeInto(carol, carol.getByLabel('Password', { exact: true }), CONSUMER_ADMIN.password);
  await carol.keyboard.press('Enter');
  await press(carol, carol.getByRole('button', { name: 'Import' }));
  await choose(carol, list(carol, 'Company'), 'Northwind Services Ltd');
  await press(carol, carol.getByRole('button', { name: /Get Started/ }));
  await press(carol, carol.getByRole('button', { name: 'Connect to Provider' }));
  await carol.waitForURL(`${provider.origin}/**`);
  await tabTo(carol, carol.getByLabel('User name'));
  await carol.keyboard.type(CONTACT.username);
  await tabTo(carol, carol.getByLabel('Password'));
  await carol.keyboard.type(CONTACT.password);
  await carol.keyboard.press('Enter');
  await press(carol, carol.getByRole('button', { name: 'Allow' }));
  await carol.getByText('Onboarded', { exact: true }).first().waitFor();
  await ada.getByText('Closed Complete', { exact: true }).first().waitFor();
});
