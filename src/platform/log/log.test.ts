import { expect, test } from 'vitest';
import { secret } from '../../kernel/index.ts';
import { createLog } from './log.ts';

function lineOf(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog({ logLevel: 'info' }, { write: (line) => lines.push(line) }));
  return lines.join('');
}

test('values of the type Secret are not printed', () => {
  const line = lineOf((log) => log.info({ url: secret('hunter2'), deep: { list: [secret('hunter2')] } }, 'started'));
  expect(line).not.toContain('hunter2');
  expect(JSON.parse(line)).toMatchObject({ msg: 'started', url: '[secret]', deep: { list: ['[secret]'] } });
});

test.each([
  'authorization',
  'Cookie',
  'set-cookie',
  'DPoP',
  'password',
  'newPassword',
  'code',
  'access_token',
  'apiToken',
  'client_secret',
  'passphrase',
  'x-csrf-token',
  'privateKey',
])('a member named %s is not printed, however deep', (name) => {
  expect(lineOf((log) => log.info({ request: { headers: { [name]: 'hunter2' } } }))).not.toContain('hunter2');
});

test('what belongs to the facts is printed', () => {
  const line = lineOf((log) => log.info({ registration: 'REG0001001', attempts: 2, at: new Date(0) }, 'saved'));
  expect(JSON.parse(line)).toMatchObject({ registration: 'REG0001001', attempts: 2, at: '1970-01-01T00:00:00.000Z' });
});

test('an address is printed without its query, fragment and credentials', () => {
  const line = lineOf((log) => log.info({ url: new URL('https://u:hunter2@example.com/a?code=hunter2#hunter2') }));
  expect(JSON.parse(line)).toMatchObject({ url: 'https://example.com/a' });
});

test('an error is told by type, message, code and cause, without the other members libraries add', () => {
  const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(hunter2)' });
  const line = lineOf((log) => log.error({ err: new Error('not saved', { cause }) }));
  expect(line).not.toContain('hunter2');
  expect(JSON.parse(line).err).toMatchObject({ message: 'not saved', cause: { code: '23505' } });
});

test('a cycle ends', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  expect(lineOf((log) => log.info(cyclic))).toContain('[deeper]');
});
