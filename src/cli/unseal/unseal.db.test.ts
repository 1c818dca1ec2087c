import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeTestInstances, openTestInstance, type TestInstance } from '../../../test/harness/instances.ts';
import { keyFolder, secretFiles } from '../../../test/harness/keys.ts';
import { assignKeyManagementRoles, becomeFirstAdministrator } from '../../demo/registration-story.ts';
import { createApiToken } from '../../directory/contract.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { askToUnseal } from './ask-to-unseal.ts';
import { readCommandLine } from './command-line.ts';

const ADA = { username: 'ada', password: 'Provider-admin-2026' };
const PASSPHRASE = 'correct horse battery staple';
let instance: TestInstance;
let place: ReturnType<typeof keyFolder>;
beforeAll(async () => {
  place = keyFolder();
  instance = await openTestInstance({ idle: true, env: { LIAISE_ROOT_KEY_PROVIDER: 'passphrase' } });
});
afterAll(async () => {
  place.remove();
  await closeTestInstances();
});

/** The command with the lines of a pipe, and what it said. */
async function give(args: string[], ...lines: string[]): Promise<[number, string]> {
  const output = new PassThrough();
  const terminal = openTerminal(Readable.from([lines.map((line) => `${line}\n`).join('')]), output);
  const code = await askToUnseal(readCommandLine(['--url', instance.origin, ...args], neverAsked), terminal);
  terminal.close();
  return [code, String(output.read() ?? '')];
}
const neverAsked = () => {
  throw new Error('an address was given');
};

test('a sealed instance is opened from a terminal: set, refused, opened with a token, open already', async () => {
  const ada = await becomeFirstAdministrator(instance, ADA);
  const asAda = ['--user', 'ada'];
  expect(await give(asAda, ADA.password, PASSPHRASE)).toEqual([1, expect.stringContaining('sn_kmf.admin')]);
  await assignKeyManagementRoles(ada);
  const { token } = await ada.api.call(createApiToken, { input: { name: 'unseal', roles: ['sn_kmf.admin'] } });
  const tokenFile = `${place.folder}/token`;
  await secretFiles.writeOnce(tokenFile, Buffer.from(`${token}\n`));
  const asToken = ['--token-file', tokenFile];

  expect(await give(asAda, 'Wrong-password-2026', PASSPHRASE)).toEqual([1, expect.stringMatching(/password/i)]);
  expect(await give([...asAda, '--new'], ADA.password, PASSPHRASE, 'another passphrase')).toEqual([
    1,
    expect.stringContaining('Nothing was sent'),
  ]);
  expect(await give([...asToken, '--new'], PASSPHRASE, PASSPHRASE)).toEqual([0, expect.stringContaining('is open.')]);
  expect(await give(asAda, ADA.password)).toEqual([0, expect.stringContaining('is open already')]);

  instance = await instance.reopen();
  const wrong = await give(asToken, 'correct horse battery stable');
  expect(wrong).toEqual([1, expect.stringContaining('does not open the instance root key')]);
  expect(wrong[1]).not.toContain('stable');
  expect(await give(asToken, 'short')).toEqual([1, expect.stringContaining('passphrase:')]);
  expect(instance.instance.keys.sealed()).toBe(true);
  expect(await give(asAda, ADA.password, PASSPHRASE)).toEqual([0, expect.stringContaining('is open.')]);
  expect(instance.instance.keys.sealed()).toBe(false);

  const throttled = async (): Promise<string> => {
    const [code, said] = await give([...asToken, '--new'], PASSPHRASE, PASSPHRASE);
    return code === 0 ? throttled() : said;
  };
  expect(await throttled()).toMatch(/More than 5 such calls in a minute.+Try again in \d+ seconds/);
  await instance.stop();
  expect(await give(asToken)).toEqual([2, expect.stringContaining('does not answer')]);
});
