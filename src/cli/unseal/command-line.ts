import { parseArgs } from 'node:util';
import type { Config } from '../../platform/config/index.ts';

export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Whom to ask, as whom, and whether the passphrase is set now. */
export type Wanted = {
  readonly origin: string;
  readonly as: { readonly user: string | null } | { readonly tokenFile: string };
  readonly setAnew: boolean;
};

const USE = 'npm run unseal -- [--url https://…] [--user name | --token-file path] [--new]';
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** `settings`: those of the instance on this machine, read only where no address is given. */
export function readCommandLine(args: string[], settings: () => Pick<Config, 'host' | 'port'>): Wanted {
  const { values } = parse(args);
  const { url, user, 'token-file': tokenFile, new: setAnew = false } = values;
  if (user !== undefined && tokenFile !== undefined)
    throw new WrongUse(`Either --user or --token-file, not both. Nothing was sent. ${USE}`);
  return {
    origin: url === undefined ? addressOf(settings()) : checked(url),
    as: tokenFile === undefined ? { user: user ?? null } : { tokenFile },
    setAnew,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: 'string' },
        user: { type: 'string' },
        'token-file': { type: 'string' },
        new: { type: 'boolean' },
      },
    });
  } catch {
    // The library's own message would repeat what may be a passphrase.
    throw new WrongUse(
      'There is an argument that this command does not take. Nothing was sent. The passphrase is never one: other people on ' +
        `this machine see arguments, and the shell keeps them. If it was there, choose another. ${USE}`,
    );
  }
}

/** Every node is unsealed by itself, so the one on this machine is asked directly, and not what stands before it. */
function addressOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const near = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${near.includes(':') && !near.startsWith('[') ? `[${near}]` : near}:${port}`;
}

function checked(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname))) return url.origin;
  throw new WrongUse(`--url must begin with https://; http:// is for this machine. Nothing was sent. ${USE}`);
}
