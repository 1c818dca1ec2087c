import { afterAll, afterEach, expect, test } from 'vitest';
import { strings as directory } from '../../console/src/directory/strings.ts';
import { strings } from '../../console/src/keys/strings.ts';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { actOnKey, readModule } from '../../src/keys/contract.ts';
import { overflowOf, violationsOf } from './accessibility.ts';
import { administratorsOf, closeBrowser, field, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage | undefined;
afterEach((context) => stage?.close(context));
afterAll(closeBrowser);

/** What pops up hangs at the end of the page, outside its landmarks, and has a role of its own. */
const OUTSIDE = ['region'];
const MODULE = 'sx.invite';
const looks = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 375 },
] as const;

test.each(looks)(
  'each action on a key in $theme at $width px asks for its reason; destroying also for the words',
  async (look) => {
    stage = await openStage();
    const { provider } = await administratorsOf(stage);
    const page = await stage.window(look);
    const wrong: string[] = [];
    const judge = async (name: string, outside: string[] = []) => {
      await keepScreen(page, `${name}-${look.theme}-${look.width}`);
      wrong.push(...(await violationsOf(page, outside)).map((line) => `${name}: ${line}`));
      if ((await overflowOf(page)) > 0) wrong.push(`${name}: wider than the window`);
    };
    await page.goto(`${stage.provider.origin}/key-management/modules/${MODULE}`);
    await signIn(page, PROVIDER_ADMIN);
    const seen = new Set<string>();
    const openAll = async (state: string) => {
      const actions = page
        .getByRole('main')
        .getByRole('row', { name: /Version 1/ })
        .getByRole('button');
      await actions.first().waitFor();
      await judge(`key-${state}`);
      for (const action of await actions.all()) {
        const name = (await action.textContent()) ?? '';
        if (seen.has(name)) continue;
        seen.add(name);
        await action.click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox', { name: strings.reason }).waitFor();
        if (name === strings.actionNames.destroy)
          await dialog.getByRole('textbox', { name: strings.confirmDestroy }).waitFor();
        await judge(`key-${state}-${name.toLowerCase().replaceAll(/\W+/g, '-')}`, OUTSIDE);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
      }
    };
    await openAll('active');
    const act = async (action: 'suspend' | 'report-compromised') => {
      const params = { name: MODULE, version: 1, action } as const;
      await provider.api.call(actOnKey, { params, input: { reason: 'as the test asks' } });
      await page.reload();
    };
    await act('suspend');
    await openAll('suspended');
    await act('report-compromised');
    await openAll('compromised');
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([strings.actionNames.suspend, strings.actionNames.resume]),
    );
    expect(seen).toContain(strings.actionNames['report-compromised']);
    expect(seen).toContain(strings.actionNames.destroy);
    const { keys } = await provider.api.call(readModule, { params: { name: MODULE } });
    expect(keys.find(({ version }) => version === 1)?.state).toBe('compromised');
    expect(wrong).toEqual([]);
  },
);

test('"forgot password" with mail on takes a name and tells nothing about who is on file', async () => {
  stage = await openStage({
    provider: {
      LIAISE_MAIL: 'on',
      LIAISE_MAIL_URL: 'smtp://127.0.0.1:9',
      LIAISE_MAIL_FROM: 'Service <service@provider.example>',
    },
  });
  await administratorsOf(stage);
  for (const look of looks) {
    const page = await stage.window(look);
    await page.goto(stage.provider.origin);
    await page
      .getByRole('link', { name: directory.forgotTitle })
      .or(page.getByText(/forgot/i))
      .first()
      .click();
    await field(page, directory.usernameOrEmail).fill('nobody.of.that.name');
    await keepScreen(page, `forgot-password-${look.theme}-${look.width}`);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: directory.forgotSend }).click();
    await page.getByText(directory.forgotDone).waitFor();
    await keepScreen(page, `forgot-password-sent-${look.theme}-${look.width}`);
    expect(await violationsOf(page)).toEqual([]);
  }
});
