import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { createCompany, createUser } from '../../src/directory/contract.ts';
import { prepareDirectories } from './prepare.ts';
import { closeBrowser, field, keepScreen, list, openStage, pick, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('REG-19 REG-20 REG-21 REG-22 REG-23 the form offers contacts of the chosen company only and keeps the address locked', async () => {
  stage = await openStage();
  const { provider } = await prepareDirectories(stage);
  const other = await provider.api.call(createCompany, { input: { name: 'Fabrikam' } });
  await provider.api.call(createUser, {
    input: { username: 'eve', name: 'Eve Moneypenny', email: 'eve@fabrikam.example', companyId: other.id },
  });
  const ada = await stage.window();
  await ada.goto(`${stage.provider.origin}/registrations/new`);
  await signIn(ada, PROVIDER_ADMIN);

  expect(await field(ada, 'Number').getAttribute('readonly')).not.toBeNull();
  expect(await field(ada, 'State').getAttribute('readonly')).not.toBeNull();
  for (const name of ['Company', 'Contact']) expect(await list(ada, name).getAttribute('required')).not.toBeNull();

  expect(await list(ada, 'Contact').isDisabled()).toBe(true);
  await pick(ada, 'Company', 'Fabrikam');
  await list(ada, 'Contact').click();
  await ada.getByRole('option').first().waitFor();
  expect(await ada.getByRole('option').allTextContents()).toEqual([expect.stringContaining('eve@fabrikam.example')]);
  await ada.getByRole('option').click();
  expect(await list(ada, 'Contact').inputValue()).toContain('Eve Moneypenny');

  await pick(ada, 'Company', 'Contoso Retail');
  expect(await list(ada, 'Contact').inputValue()).toBe('');

  expect(await ada.getByRole('textbox', { name: 'URL' }).count()).toBe(0);
  await ada.getByRole('button', { name: 'Unlock the URL' }).click();
  await field(ada, 'URL').fill('https://consumer.example');
  await ada.getByRole('button', { name: 'Lock the URL' }).click();
  expect(await ada.getByRole('textbox', { name: 'URL' }).count()).toBe(0);
  expect(await ada.getByRole('link', { name: 'https://consumer.example' }).isVisible()).toBe(true);
});

test('REG-05 REG-24 a refused form says what is wrong beside each field and keeps what was typed', async () => {
  stage = await openStage();
  await prepareDirectories(stage);
  const ada = await stage.window();
  await ada.goto(`${stage.provider.origin}/registrations/new`);
  await signIn(ada, PROVIDER_ADMIN);
  await ada.getByRole('button', { name: 'Unlock the URL' }).click();
  await field(ada, 'URL').fill('ftp://user:secret@consumer.example/path');
  await ada.getByRole('button', { name: 'Save' }).click();
  await ada.getByText('Select a company.').first().waitFor();
  await keepScreen(ada, 'new-registration-refused');
  expect(await list(ada, 'Company').getAttribute('aria-invalid')).toBe('true');
  expect(await list(ada, 'Contact').getAttribute('aria-invalid')).toBe('true');

  await pick(ada, 'Company', 'Contoso Retail');
  await pick(ada, 'Contact', /Carol Jones/);
  await ada.getByRole('button', { name: 'Save' }).click();
  await ada.locator('input[type="url"][aria-invalid="true"]').waitFor();
  expect(await field(ada, 'URL').inputValue()).toBe('ftp://user:secret@consumer.example/path');
  await field(ada, 'URL').fill('javascript:alert(1)');
  await ada.getByRole('button', { name: 'Lock the URL' }).click();
  expect(await ada.locator('a[href^="javascript"]').count()).toBe(0);
  expect(new URL(ada.url()).pathname).toBe('/registrations/new');
});
