import { describe, expect, test } from 'vitest';
import { emailAddress, isDeliverableAddress } from './email-address.ts';

describe('an address that mail can be sent to', () => {
  test.each([
    'jo@consumer.example',
    'jo.contact+liaise@mail.consumer.example',
    "o'hara@xn--bcher-kva.example",
    `${'a'.repeat(64)}@example.com`,
  ])('REG-09 %s is deliverable', (address) => {
    expect(isDeliverableAddress(address)).toBe(true);
    expect(emailAddress.safeParse(address).success).toBe(true);
  });

  test.each([
    null,
    undefined,
    '',
    'jo',
    '@example.com',
    'jo@',
    'jo@localhost',
    'jo@server.localhost',
    'jo@example.invalid',
    'jo@[127.0.0.1]',
    'jo@10.0.0.1',
    'jo..contact@example.com',
    '.jo@example.com',
    'jo@-example.com',
    'jo@example..com',
    'jo@exämple.com',
    'jo contact@example.com',
    'Jo <jo@example.com>',
    'jo@example.com,eve@evil.example',
    'jo@example.com\r\nBcc: eve@evil.example',
    `${'a'.repeat(65)}@example.com`,
    `jo@${'a'.repeat(64)}.example`,
    `jo@${'a.'.repeat(130)}example`,
  ])('REG-09 %j is not deliverable', (address) => {
    expect(isDeliverableAddress(address)).toBe(false);
  });
});

describe('an address as the directory keeps it', () => {
  test('may be local, because an instance without mail needs no more', () => {
    expect(emailAddress.parse(' ops@localhost ')).toBe('ops@localhost');
  });

  test.each([
    'jo',
    'a@b@c',
    'Jo <jo@example.com>',
    'jo@example.com, eve@evil.example',
    'jo@example.com\nBcc: eve@evil.example',
    'jo@exämple.com',
    'jo@example.com\u0000',
  ])('%j is refused', (address) => {
    expect(emailAddress.safeParse(address).success).toBe(false);
  });
});
