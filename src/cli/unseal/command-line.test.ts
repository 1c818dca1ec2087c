import { expect, test } from 'vitest';
import { readCommandLine } from './command-line.ts';

const here = (host: string) => () => ({ host, port: 4100 });

test('without an address the node on this machine is asked, past any proxy', () => {
  expect(readCommandLine([], here('0.0.0.0'))).toEqual({
    origin: 'http://127.0.0.1:4100',
    as: { user: null },
    setAnew: false,
  });
  expect(readCommandLine([], here('::1')).origin).toBe('http://[::1]:4100');
});

test('a passphrase goes to this machine or through TLS', () => {
  const at = (url: string) => readCommandLine(['--url', url], here('unused')).origin;
  expect(at('https://desk.example/')).toBe('https://desk.example');
  expect(at('http://localhost:4100')).toBe('http://localhost:4100');
  expect(() => at('http://desk.example')).toThrow('must begin with https://');
});

test('a passphrase among the arguments is not taken, not repeated, and said to be spoilt', () => {
  for (const args of [['correct horse'], ['--passphrase', 'correct horse'], ['--passphrase=correct horse']]) {
    const read = () => readCommandLine(args, here('localhost'));
    expect(read).toThrow('choose another');
    expect(read).not.toThrow('correct horse');
  }
});

test('a person or a token, not both', () => {
  expect(() => readCommandLine(['--user', 'ada', '--token-file', '/t'], here('localhost'))).toThrow('not both');
});
