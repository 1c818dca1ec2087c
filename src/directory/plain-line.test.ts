import { describe, expect, test } from 'vitest';
import { foldCase, plainLine } from './plain-line.ts';
import { username } from './user.ts';

const line = plainLine(20);

describe('a name on one line', () => {
  test('is trimmed and kept as written otherwise, markup included', () => {
    expect(line.parse('  Ada & <b>Co</b> ')).toBe('Ada & <b>Co</b>');
  });

  test('is composed, so that one name has one spelling', () => {
    expect(line.parse('Zoe\u0308')).toBe('Zo\u00EB');
  });

  test.each([
    ['empty', ''],
    ['blank', ' \u00A0 '],
    ['too long', 'x'.repeat(21)],
    ['two lines', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a null character', 'a\u0000b'],
    ['an escape sequence', '\u001B[31mred'],
    ['a line separator', 'a\u2028b'],
    ['reversed writing', 'gpj.\u202Eexe'],
    ['an isolate', 'a\u2066b'],
    ['half of a surrogate pair', 'a\uD800b'],
  ])('%s is refused', (_, text) => {
    expect(line.safeParse(text).success).toBe(false);
  });

  test('folds alike however it is typed', () => {
    expect(foldCase('ＡＣＭＥ Ltd')).toBe(foldCase('acme LTD'));
    expect(foldCase('Straße')).not.toBe(foldCase('Strasse'));
  });
});

describe('a username', () => {
  test.each(['ada', 'Ada.Lovelace', 'a1', 'ada@example.com', 'a+b_c-d'])('%s is accepted', (text) => {
    expect(username.parse(text)).toBe(text);
  });

  test.each(['a', '-ada', 'ada lovelace', '\u0430da', 'ada\nb', 'system:job', 'sb_user_1', 'SB_User', 'x'.repeat(65)])(
    '%j is refused',
    (text) => {
      expect(username.safeParse(text).success).toBe(false);
    },
  );
});
