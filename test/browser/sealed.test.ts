import { renameSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { administratorsOf, closeBrowser, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('an instance started without its root key lets an administrator in, says why, and goes on when the key is back', async () => {
  stage = await openStage();
  await administratorsOf(stage);
  const { rootKeyFile } = stage.provider;
  renameSync(rootKeyFile, `${rootKeyFile}.away`);
  const sealed = await stage.provider.reopen();

  const ada = await stage.window();
  await ada.goto(`${sealed.origin}/registrations`);
  await signIn(ada, PROVIDER_ADMIN);
  const banner = ada.getByText('This instance is sealed: its root key is away.');
  await banner.waitFor();
  await ada
    .getByText('The instance is sealed')
    .or(ada.getByRole('button', { name: 'Try again' }))
    .first()
    .waitFor();
  await keepScreen(ada, 'sealed');
  await ada.getByRole('main').getByRole('link', { name: 'Health (Diagnostics)' }).click();
  await ada.getByText('Malfunction', { exact: true }).first().waitFor();
  expect(await ada.getByRole('main').textContent()).toContain('root.key');
  await keepScreen(ada, 'sealed-diagnostics');

  renameSync(`${rootKeyFile}.away`, rootKeyFile);
  await banner.waitFor({ state: 'detached', timeout: 60_000 });
});
