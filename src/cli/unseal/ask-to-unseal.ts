import { unseal } from '../../keys/contract.ts';
import { readSettings } from '../../platform/config/contract.ts';
import { readSecretFile } from '../../platform/files/index.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type Wanted, WrongUse } from './command-line.ts';
import { ApiRefused, type InstanceApi, NoInstance, signedInAs, withToken } from './instance-api.ts';

/** 0: the instance is open. 1: it refused. 2: it could not be asked. */
export async function askToUnseal(wanted: Wanted, terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    const api = await enter(wanted, terminal);
    try {
      return await give(api, wanted, terminal);
    } finally {
      await api.leave();
    }
  } catch (error) {
    if (!(error instanceof ApiRefused || error instanceof NoInstance)) throw error;
    terminal.say(error.message);
    return error instanceof ApiRefused ? 1 : 2;
  }
}

async function enter({ origin, as }: Wanted, terminal: Terminal): Promise<InstanceApi> {
  if ('tokenFile' in as) {
    const read = await readSecretFile(as.tokenFile);
    if (!read.ok) throw new WrongUse(`${read.error.message} Nothing was sent.`);
    return withToken(origin, read.value.toString().trim());
  }
  const user = as.user ?? (await terminal.ask('Username (with sn_kmf.admin): '));
  return signedInAs(origin, user, await terminal.askHidden(`Password of ${user}: `));
}

async function give(api: InstanceApi, { origin, setAnew }: Wanted, terminal: Terminal): Promise<0 | 1> {
  const { sealed } = await api.call(readSettings, {});
  if (!sealed && !setAnew) {
    terminal.say(`${origin} is open already. Nothing was asked of it.`);
    return 0;
  }
  const passphrase = await terminal.askHidden(setAnew ? 'New passphrase: ' : 'Passphrase: ');
  const repeat = setAnew ? await terminal.askHidden('Once more: ') : undefined;
  if (repeat !== undefined && repeat !== passphrase) {
    terminal.say('The two are not the same. Nothing was sent.');
    return 1;
  }
  const { rootKey, moved } = await api.call(unseal, {
    input: { passphrase, ...(repeat !== undefined && { repeat }) },
  });
  terminal.say(`${origin} is open.${moved ? ` Its root key is a ${rootKey} from now on.` : ''}`);
  return 0;
}
