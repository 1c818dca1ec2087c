import type { Page } from 'playwright-core';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PROVIDER_ADMIN, registerConsumer } from '../../src/demo/registration-story.ts';
import { createCompany, createUser } from '../../src/directory/contract.ts';
import { addRegistrationActivity } from '../../src/provider/contract.ts';
import { overflowOf } from './accessibility.ts';
import { prepareDirectories } from './prepare.ts';
import { closeBrowser, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

const SCRIPT = '<script>window.caught=1</script><img src=x onerror="window.caught=1">';
const LONG = 'x'.repeat(9_900);

const caught = (page: Page): Promise<boolean> => page.evaluate(() => 'caught' in window);

test.each([375, 1280])('hostile text is shown as text and keeps inside its place at %i px', async (width) => {
  stage = await openStage();
  const { provider } = await prepareDirectories(stage);
  const company = await provider.api.call(createCompany, { input: { name: `A${SCRIPT}`.slice(0, 100) } });
  const person = await provider.api.call(createUser, {
    input: {
      username: 'mallory',
      name: `Mallory 👩‍👩‍👧‍👦 ${SCRIPT}`.slice(0, 110),
      email: 'mallory@contoso.example',
      companyId: company.id,
    },
  });
  const contact = { companyId: company.id, contactId: person.id };
  const { number } = await registerConsumer(provider, contact, stage.consumer.origin);
  for (const text of [SCRIPT, LONG, '\u202Egnirts desrever\u202C and back', '🎉'.repeat(500), 'line\n\n\nline'])
    await provider.api.call(addRegistrationActivity, { params: { number }, input: { kind: 'comment', text } });

  const page = await stage.window({ width });
  await page.goto(`${stage.provider.origin}/registrations/${number}`);
  await signIn(page, PROVIDER_ADMIN);
  const screens = [
    `/registrations/${number}`,
    '/registrations',
    '/companies',
    `/companies/${company.id}`,
    '/contacts',
    `/contacts/${person.id}`,
    '/audit',
    '/health',
  ];
  for (const path of screens) {
    await page.goto(stage.provider.origin + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await keepScreen(page, `hostile${path.replaceAll('/', '-').replace(/usr_\w+|com_\w+/, 'one')}-${width}`);
    expect(await caught(page), path).toBe(false);
    expect(await overflowOf(page), path).toBe(0);
  }
  await page.goto(`${stage.provider.origin}/registrations/${number}`);
  await page.getByText('<script>window.caught=1</script>').first().waitFor();
  await page.getByRole('button', { name: 'Show all 9,900 characters' }).click();
  expect(await overflowOf(page)).toBe(0);
});
