import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openTerminal } from './terminal.ts';

/** A terminal as Node presents one, with a person who types `keys` once it is raw. */
function typing(keys: string) {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(raw: boolean) {
      if (raw) setImmediate(() => input.write(keys));
      return input;
    },
  });
  const output = new PassThrough();
  return { terminal: openTerminal(input, output), shown: () => String(output.read() ?? '') };
}

test('a hidden answer is edited like any line and never shown; an open one is', async () => {
  const hidden = typing('secrez\u007ft\r');
  expect(await hidden.terminal.askHidden('Passphrase: ')).toBe('secret');
  expect(hidden.shown()).toBe('Passphrase: \n');
  const open = typing('ada\r');
  expect(await open.terminal.ask('Username: ')).toBe('ada');
  expect(open.shown()).toContain('ada');
});

test('Ctrl-C gives up', async () => {
  await expect(typing('sec\u0003').terminal.askHidden('Passphrase: ')).rejects.toThrow('Nothing was sent');
});

test('from a pipe each question takes a line, and a missing one is said', async () => {
  const terminal = openTerminal(Readable.from(['first\r\nsec', 'ond']), new PassThrough());
  expect([await terminal.askHidden(''), await terminal.ask('')]).toEqual(['first', 'second']);
  await expect(terminal.ask('')).rejects.toThrow('The input ended');
});
