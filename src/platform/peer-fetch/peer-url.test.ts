import { describe, expect, test } from 'vitest';
import { checkPeerUrl, type PeerRules } from './peer-url.ts';

const production: PeerRules = { kind: 'production', allowCidrs: [] };
const laptop: PeerRules = { kind: 'non-production', allowCidrs: ['127.0.0.0/8', '::1/128'] };

const code = (text: string, rules: PeerRules) => {
  const checked = checkPeerUrl(text, rules);
  return checked.ok ? 'ok' : checked.error.code;
};

describe('REG-24 what Save refuses of the address, by its text alone', () => {
  test.each([
    ['', 'malformed'],
    ['   ', 'malformed'],
    ['consumer.example.com', 'malformed'],
    ['/relative', 'malformed'],
    ['https:consumer.example.com', 'malformed'],
    ['https://', 'malformed'],
    ['https://exa mple.com', 'malformed'],
    ['http://consumer.example.com', 'scheme'],
    ['ftp://consumer.example.com', 'scheme'],
    ['file:///etc/passwd', 'malformed'],
    ['javascript://consumer.example.com', 'scheme'],
    ['https://user@consumer.example.com', 'credentials'],
    ['https://user:pass@consumer.example.com', 'credentials'],
    ['https://consumer.example.com/path', 'path'],
    ['https://consumer.example.com/?a=1', 'query'],
    ['https://consumer.example.com?', 'query'],
    ['https://consumer.example.com/#part', 'fragment'],
    ['https://consumer.example.com#', 'fragment'],
    ['https://127.0.0.1', 'forbidden-address'],
    ['https://127.1', 'forbidden-address'],
    ['https://0x7f000001', 'forbidden-address'],
    ['https://2130706433', 'forbidden-address'],
    ['https://0.0.0.0', 'forbidden-address'],
    ['https://[::]', 'forbidden-address'],
    ['https://[::1]', 'forbidden-address'],
    ['https://[::ffff:a9fe:a9fe]', 'forbidden-address'],
    ['https://[64:ff9b::a9fe:a9fe]', 'forbidden-address'],
    ['https://169.254.169.254', 'forbidden-address'],
    ['https://192.168.0.7:8443', 'forbidden-address'],
    ['https://localhost', 'forbidden-address'],
    ['https://LOCALHOST.', 'forbidden-address'],
    ['https://a.localhost', 'forbidden-address'],
    ['https://service.example.com.', 'malformed'],
  ])('E.4-1 E.4-2 "%s" is refused as %s', (text, expected) => {
    expect(code(text, production)).toBe(expected);
  });

  test('an https address of host and port is accepted, names in their ASCII form', () => {
    const checked = checkPeerUrl('  https://bücher.example:8443/ ', production);
    expect(checked.ok && checked.value.origin).toBe('https://xn--bcher-kva.example:8443');
    expect(code('https://consumer.example.com', production)).toBe('ok');
  });

  test('http is for allowed addresses of a non-production instance', () => {
    expect(code('http://127.0.0.1:4200', laptop)).toBe('ok');
    expect(code('http://localhost:4200', laptop)).toBe('ok');
    expect(code('http://[::1]:4200', laptop)).toBe('ok');
    expect(code('http://8.8.8.8', laptop)).toBe('forbidden-address');
    expect(code('http://127.0.0.1:4200', { ...laptop, kind: 'production' })).toBe('scheme');
    expect(code('http://127.0.0.1:4200', { ...laptop, allowCidrs: [] })).toBe('scheme');
  });
});
