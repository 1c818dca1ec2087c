import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences under which a dependency may be used and passed on with this program without further duties. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Used unchanged to build and test, never passed on: file-wise copyleft does no harm there. */
const TOOLS_ONLY = new Set(['MPL-2.0']);

type LockEntry = {
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
};

/** True where an SPDX expression can be met: every part of an AND, one part of an OR. */
export function isMet(expression: string, allowed: ReadonlySet<string>): boolean {
  const plain = expression.replace(/[()]/g, '').trim();
  return plain
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((licence) => allowed.has(licence.trim())));
}

/** `package: licence` of every locked dependency whose licence is missing or not on the list. */
export function checkLicences(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  return Object.entries(lock.packages).flatMap(([path, { license, dev, devOptional, link }]) => {
    if (!path.includes('node_modules/') || link === true) return [];
    const stated = license ?? licenceInstalled(join(root, path));
    const isTool = dev === true || devOptional === true;
    const allowed = isTool ? PERMISSIVE.union(TOOLS_ONLY) : PERMISSIVE;
    return stated !== undefined && isMet(stated, allowed) ? [] : [`${path}: ${stated ?? 'no licence stated'}`];
  });
}

function licenceInstalled(folder: string): string | undefined {
  try {
    const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license?: unknown };
    return typeof license === 'string' ? license : undefined;
  } catch {
    return undefined;
  }
}
