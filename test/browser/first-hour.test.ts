import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { closeBrowser, field, keepScreen, openStage, type Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('REG-12 REG-13 REG-14 the first administrator enters with the code, is refused the diagnostics, takes the roles and reads them at once', async () => {
  stage = await openStage();
  const { origin, instance } = stage.provider;
  const code = await instance.firstAdministratorCode();
  const ada = await stage.window();
  await ada.goto(origin);
  await ada.getByRole('heading', { name: 'Set up this instance' }).waitFor();
  await keepScreen(ada, 'first-run');
  await field(ada, 'One-time code').fill('WRONG-WRONG-WRONG-WRONG');
  await field(ada, 'User name').fill(PROVIDER_ADMIN.username);
  await field(ada, 'Name').fill('Ada Lovelace');
  await field(ada, 'E-mail').fill('ada@provider.example');
  await ada.getByLabel('Password', { exact: true }).fill(PROVIDER_ADMIN.password);
  await ada.getByRole('button', { name: 'Create administrator' }).click();
  await ada.getByRole('alert').waitFor();
  await field(ada, 'One-time code').fill(code ?? '');
  await ada.getByRole('button', { name: 'Create administrator' }).click();
  await ada.getByRole('heading', { name: 'Overview' }).waitFor();

  expect(await ada.getByRole('link', { name: 'Health (Diagnostics)' }).count()).toBe(0);
  await ada.goto(`${origin}/key-management/health`);
  await ada.getByText('Your roles do not allow the diagnostics').waitFor();
  expect(await ada.getByRole('main').textContent()).toContain('sn_kmf.admin');
  await keepScreen(ada, 'diagnostics-refused');

  await ada.getByRole('link', { name: 'Contacts' }).click();
  await ada.getByRole('link', { name: 'Ada Lovelace' }).click();
  await ada.getByRole('button', { name: 'Give sn_kmf.admin' }).click();
  await ada.getByRole('button', { name: 'Give sn_kmf.cryptographic_manager' }).click();
  await ada.getByRole('button', { name: 'Save roles' }).click();
  await ada.getByRole('link', { name: 'Health (Diagnostics)' }).first().click();
  await ada.getByText('Onboarding is possible').waitFor();
});

test('NAV-01 the menu is found by its filter, the palette goes to a record by its number, and the way back is sign-in', async () => {
  stage = await openStage();
  const { origin, instance } = stage.provider;
  const { setUp } = await import('../../src/directory/contract.ts');
  const code = (await instance.firstAdministratorCode()) ?? '';
  await stage.provider.visitor().api.call(setUp, { input: { code, ...PROVIDER_ADMIN, email: 'ada@provider.example' } });
  const ada = await stage.window();
  await ada.goto(`${origin}/companies`);
  await field(ada, 'User name').fill(PROVIDER_ADMIN.username);
  await ada.getByLabel('Password', { exact: true }).fill(PROVIDER_ADMIN.password);
  await ada.keyboard.press('Enter');
  await ada.getByRole('heading', { name: 'Companies' }).waitFor();

  await ada.getByRole('searchbox', { name: 'All' }).fill('registr');
  expect(await ada.getByRole('navigation', { name: 'All' }).getByRole('link').allTextContents()).toEqual([
    'Consumer Registrations',
  ]);

  await ada.keyboard.press('ControlOrMeta+k');
  await ada.getByRole('combobox', { name: 'Go to a screen or a record' }).fill('reg0001001');
  await ada.keyboard.press('Enter');
  await ada.getByText('No such record').waitFor();
  expect(new URL(ada.url()).pathname).toBe('/registrations/REG0001001');

  await ada.getByRole('button', { name: /^Account of/ }).click();
  await ada.getByRole('menuitem', { name: 'Sign out' }).click();
  await ada.getByRole('heading', { name: 'Sign in' }).waitFor();
});
