import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BoundaryReport, checkBoundaries } from '../../scripts/boundaries.ts';
import { checkSources } from '../../scripts/source-rules.ts';

const root = resolve(import.meta.dirname, '../..');

/** Each file breaks one rule of the house, and nothing else. */
const planted: Readonly<Record<string, { breaks: string; text: string }>> = {
  'src/provider/planted-peer.ts': {
    breaks: 'provider-and-consumer-apart',
    text: "export * as other from '../consumer/contract.ts';",
  },
  'src/consumer/planted-peer-type.ts': {
    breaks: 'provider-and-consumer-apart',
    text: "import type * as other from '../provider/contract.ts';\nexport type Other = typeof other;",
  },
  'src/audit/planted-above.ts': {
    breaks: 'direction-audit',
    text: "export { directoryMigrations } from '../directory/index.ts';",
  },
  'src/kernel/planted-above.ts': {
    breaks: 'direction-kernel',
    text: "export { checkPeerUrl } from '../platform/peer-fetch/index.ts';",
  },
  'src/directory/planted-inside.ts': {
    breaks: 'door-of-audit',
    text: "import * as inside from '../audit/tables.ts';\nexport default inside;",
  },
  'src/audit/planted-platform-inside.ts': {
    breaks: 'door-of-platform',
    text: "export { classify } from '../platform/peer-fetch/peer-error.ts';",
  },
  'src/keys/planted-file.ts': {
    breaks: 'wires-in-platform-only',
    text: "export { readFile } from 'node:fs/promises';",
  },
  'src/access/planted-socket.ts': { breaks: 'wires-in-platform-only', text: "export { connect } from 'node:net';" },
  'src/scan/planted/contract.ts': {
    breaks: 'contract-is-pure',
    text: "export { isMailAddress } from '../../platform/mail/index.ts';",
  },
  'src/link/planted-entry.ts': { breaks: 'nobody-imports-an-entry', text: "import '../cli/planted-command.ts';" },
  'src/link/planted-test.ts': {
    breaks: 'program-without-tests',
    text: "export { selfSigned } from '../../test/harness/certificate.ts';",
  },
  'src/link/planted-tool.ts': { breaks: 'program-without-dev-dependencies', text: "export { z } from 'fast-check';" },
  'src/link/planted-nowhere.ts': { breaks: 'no-unresolvable', text: "export * from './nowhere.ts';" },
  'src/scan/planted-circle.ts': { breaks: 'no-circular', text: "export { b as a } from './planted-circle-2.ts';" },
  'src/scan/planted-circle-2.ts': { breaks: 'no-circular', text: "export { a as b } from './planted-circle.ts';" },
  'console/src/planted.ts': {
    breaks: 'console-sees-contracts-only',
    text: "export { auditMigrations } from '../../src/audit/index.ts';",
  },
  'src/scan/planted-clock.ts': { breaks: 'clock-and-random-are-arguments', text: 'export const at = Date.now();' },
  'src/scan/planted-date.ts': { breaks: 'clock-and-random-are-arguments', text: 'export const at = new Date();' },
  'src/scan/planted-random.ts': { breaks: 'clock-and-random-are-arguments', text: 'export const r = Math.random();' },
  'src/scan/planted-id.ts': { breaks: 'clock-and-random-are-arguments', text: 'export const r = crypto.randomUUID();' },
  'src/scan/planted-clock-repo.ts': { breaks: 'no-clock-in-sql', text: "export const s = 'select now() as at';" },
  'src/scan/planted-env.ts': { breaks: 'environment-in-config-only', text: 'export const e = process.env.HOME;' },
  'src/scan/planted-query.ts': {
    breaks: 'sql-in-repositories-only',
    text: "import type { Db } from '../platform/db/index.ts';\nexport const q = (db: Db) => db.selectFrom('scan.run');",
  },
  'src/scan/planted-foreign-repo.ts': {
    breaks: 'foreign-table platform_mail.message',
    text: "export const t = 'platform_mail.message';",
  },
  'src/scan/planted-long.ts': { breaks: 'file-too-long', text: '\n'.repeat(401) },
  'src/scan/planted-later.ts': { breaks: 'no-open-ends', text: "export const later = 'TODO';" },
};

describe('the walls of the house', () => {
  let copy: string;
  let asIs: BoundaryReport;
  let found: readonly string[];
  beforeAll(async () => {
    asIs = await checkBoundaries(root);
    copy = mkdtempSync(join(tmpdir(), 'liaise-house-'));
    for (const part of ['src', 'console/src', 'test/harness', 'package.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, { text }] of [
      ...Object.entries(planted),
      ['src/cli/planted-command.ts', { text: '' }] as const,
    ]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text);
    }
    found = [...(await checkBoundaries(copy)).violations, ...checkSources(copy)];
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test('stand: no import crosses one, and every module was read to say so', () => {
    expect(asIs.violations).toEqual([]);
    expect(asIs.modulesPresent).toBeGreaterThan(300);
    expect(asIs.modulesRead).toBe(asIs.modulesPresent);
  });

  test('stand: no source text holds what belongs elsewhere', () => {
    expect(checkSources(root)).toEqual([]);
  });

  test.each(Object.entries(planted))('hold against %s', (file, { breaks }) => {
    const about = found.filter((violation) => violation.includes(file));
    expect(about.filter((violation) => violation.startsWith(breaks)).length, about.join('\n')).toBeGreaterThan(0);
  });
});
