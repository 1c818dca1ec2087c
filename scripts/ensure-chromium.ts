import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from '../test/harness/chromium.ts';

/**
 * True where the browser tests can run. Where the browser is missing and this is root on a Debian system, installs
 * Debian's: the only thing that any command here changes outside its own folder, so it is said first.
 */
export function ensureChromium(): boolean {
  if (findChromium() !== undefined) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  console.log('setup: installing the Debian package chromium on this machine, for the browser tests');
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', '-y', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  return apt('update') && apt('install', '--no-install-recommends', 'chromium') && findChromium() !== undefined;
}
