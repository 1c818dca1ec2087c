import { testRandom } from './sx-party.ts';

/**
 * Damaged copies of `text`, the same for the same seed: bytes flipped, cut, repeated, swapped, and pieces that parsers have
 * stumbled over elsewhere put in. None equals the original.
 */
export function* mutations(text: string, options: { seed: string; count: number }): Generator<string> {
  const random = testRandom(options.seed);
  const number = (below: number) => random.bytes(4).readUInt32BE() % below;
  const original = Buffer.from(text, 'latin1');
  for (let made = 0; made < options.count; ) {
    let damaged: Buffer = original;
    for (let round = 0; round <= number(3); round += 1) damaged = damage(damaged, number);
    if (damaged.equals(original)) continue;
    made += 1;
    yield damaged.toString('latin1');
  }
}

const STUMBLING_BLOCKS = [
  '=',
  ' ',
  '\n',
  '.',
  '..',
  '"',
  '{',
  '[[[[',
  '\\u0000',
  '\ud83d',
  '%00',
  '__proto__',
  '1e400',
  'AA',
  '#',
  '&s=',
];

function damage(bytes: Buffer, number: (below: number) => number): Buffer {
  const at = number(Math.max(1, bytes.length));
  const length = 1 + number(12);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (number(6)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (flipped.length > 0) flipped[at] = (flipped[at] ?? 0) ^ (1 << number(8));
      return flipped;
    }
    case 1:
      return Buffer.concat([head, tail.subarray(length)]);
    case 2:
      return Buffer.concat([head, tail.subarray(0, length), tail]);
    case 3:
      return Buffer.concat([head, Buffer.from(STUMBLING_BLOCKS[number(STUMBLING_BLOCKS.length)] ?? ''), tail]);
    case 4:
      return head;
    default:
      return Buffer.concat([tail, head]);
  }
}
