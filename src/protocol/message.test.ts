import { expect, test } from 'vitest';
import { base64url, sha256 } from './encoding.ts';
import { type Message, readControlMessage } from './message.ts';

const message = (ty: string, b: Message['b']): Message => ({
  id: '0190b8d1-7e1b-7c00-8000-000000000001',
  ty,
  n: 1,
  ts: '2026-01-05T09:00:00Z',
  b,
});
const nonce = base64url(sha256('nonce'));

test('REG-74 tests and settings are the messages a pending connection carries', () => {
  expect(readControlMessage(message('connect.test', { nonce }))).toEqual({
    ok: true,
    value: { type: 'connect.test', body: { nonce } },
  });
  const settings = { versions: ['1.0'], limits: { batchMessages: 2_000 }, settings: { name: 'The provider' } };
  expect(readControlMessage(message('connect.settings', settings))).toEqual({
    ok: true,
    value: { type: 'connect.settings', body: settings },
  });
});

test('an unknown type is refused as such, a known one with a wrong body as malformed', () => {
  const code = (ty: string, b: Message['b']) => {
    const read = readControlMessage(message(ty, b));
    return read.ok ? 'read' : read.error.code;
  };
  expect(code('task.update@1', {})).toBe('sx_type');
  expect(code('constructor.name', {})).toBe('sx_type');
  expect(code('connect.test', {})).toBe('sx_malformed');
  expect(code('connect.test', { nonce, echo: 'short' })).toBe('sx_malformed');
});
