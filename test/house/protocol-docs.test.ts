import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { limits, statements, sxErrors } from '../../src/protocol/index.ts';

/** A page without the spaces that line its tables up. */
const page = (name: string) =>
  readFileSync(new URL(`../../docs/protocol/${name}.md`, import.meta.url), 'utf8').replaceAll(/ +/g, ' ');
const rows = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match.slice(1).join(' '));

test('the handshake page lists every statement with its type, longest life and size', () => {
  const life = (seconds: number) => {
    const days = seconds / 86_400;
    return days >= 1 ? `${days} day${days === 1 ? '' : 's'}` : `${seconds / 60} min`;
  };
  const listed = rows(page('handshake'), /^\| .+ \| `(sx-[a-z-]+\+jwt)` \| (.+) \| (\d+) KiB \|$/gm);
  const known = Object.values(statements).map(
    (each) => `${each.typ} ${life(each.maxAgeSeconds)} ${each.maxBytes / 1024}`,
  );
  expect(listed.sort()).toEqual(known.sort());
});

test('the conventions page lists every refusal with its status and whether to retry', () => {
  const listed = rows(page('conventions'), /^\| `(sx_[a-z_]+)` \| (\d+) \| (yes|no) \|/gm);
  const known = Object.entries(sxErrors).map(
    ([code, { status, retry }]) => `${code} ${status} ${retry ? 'yes' : 'no'}`,
  );
  expect(listed.sort()).toEqual(known.sort());
});

test('the conventions page tells the limits that the code keeps', () => {
  const kib = (bytes: number) => `${bytes / 1024} KiB`;
  for (const stated of [
    `| discovery document | ${kib(limits.discoveryBytes)} |`,
    `| manifest, succession | ${kib(limits.manifestBytes)} each, ${limits.successions} successions |`,
    `| registration link | ${kib(limits.linkCharacters)} |`,
    `| envelope | ${limits.envelopeBytes / 1_048_576} MiB |`,
    `${limits.batchBytes / 1_048_576} MiB inflated, ${limits.inflateRatio} times its compressed size`,
    `| message | ${kib(limits.messageBytes)} |`,
    `more than ${limits.jsonDepth} levels`,
  ])
    expect(page('conventions')).toContain(stated);
});
