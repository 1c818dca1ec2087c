import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { addRegistrationActivity } from '../../src/provider/contract.ts';
import { prepareRegistration } from './prepare.ts';
import { closeBrowser, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

test('an instance that goes away is said to be away, and the screen goes on by itself when it is back', async () => {
  stage = await openStage();
  const { provider, number } = await prepareRegistration(stage);
  const ada = await stage.window();
  await ada.goto(`${stage.provider.origin}/registrations/${number}`);
  await signIn(ada, PROVIDER_ADMIN);
  await ada.getByRole('heading', { name: number }).waitFor();

  const lost = ada.getByText('Connection to this instance lost');
  await stage.provider.stop();
  await lost.waitFor();
  expect(await ada.getByText(number).first().isVisible()).toBe(true);
  await keepScreen(ada, 'instance-away');

  await stage.provider.reopen();
  await lost.waitFor({ state: 'detached' });
  await provider.api.call(addRegistrationActivity, {
    params: { number },
    input: { kind: 'workNote', text: 'Back again.' },
  });
  await ada.getByText('Back again.').waitFor();
});
