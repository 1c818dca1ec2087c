import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, parseJson } from './json.ts';

const refusal = (text: string | Uint8Array) => {
  const parsed = parseJson(text);
  return parsed.ok ? 'accepted' : parsed.error;
};

test.each([
  ['{"a":1,"a":2}', 'duplicate-member'],
  ['{"a":1,"\\u0061":2}', 'duplicate-member'],
  ['{"b":{"a":":","a":[]}}', 'duplicate-member'],
  ['{"__proto__":{}}', 'bad-text'],
  ['{"\\u005f_proto__":1}', 'bad-text'],
  ['["\\ud800"]', 'bad-text'],
  ['{"\\udc00":1}', 'bad-text'],
  ['["a\\u0000b"]', 'bad-text'],
  ['[1e400]', 'bad-json'],
  ['{"a":1,}', 'bad-json'],
  ['\ufeff{}', 'bad-json'],
  ['NaN', 'bad-json'],
  ['', 'bad-json'],
])('refuses %s', (text, code) => {
  expect(refusal(text)).toBe(code);
});

test('refuses bytes that are not UTF-8, among them overlong and surrogate encodings', () => {
  for (const hex of ['22ff22', '22c0af22', '22eda08022', '22f8888080'])
    expect(refusal(Buffer.from(hex, 'hex'))).toBe('bad-utf8');
});

test('stops at depth 33 and at 2001 members', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(refusal(nested(32))).toBe('accepted');
  expect(refusal(nested(33))).toBe('too-deep');
  expect(refusal(nested(100_000))).toBe('too-deep');
  const wide = (members: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, n) => [`m${n}`, n])));
  expect(refusal(wide(2_000))).toBe('accepted');
  expect(refusal(wide(2_001))).toBe('too-many-members');
});

test('colons and quotes inside text are not mistaken for members', () => {
  for (const value of [{ 'a:b': 'c:d' }, { 'a"b:': '\\:"' }, ['{"x":1}'], { a: '\\' }]) {
    expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value });
  }
});

const jsonValue = fc.jsonValue({ maxDepth: 4 }).filter((value) => refusal(JSON.stringify(value)) === 'accepted');

test('whatever is accepted survives the round trip through canonical JSON', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const text = canonicalJson(value);
      const parsed = parseJson(text);
      expect(parsed.ok && canonicalJson(parsed.value)).toBe(text);
    }),
  );
});

test('any text gives a result, never an exception, and never more than JSON.parse accepts', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ maxDepth: 4 })), (text) => {
      const parsed = parseJson(text);
      if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
    }),
  );
});
