import { apiCaller } from '../../src/demo/api-caller.ts';
import { createBrowser } from '../../src/demo/browser.ts';
import {
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
} from '../../src/demo/registration-story.ts';
import { createSignInLink, createUser, signInByLink } from '../../src/directory/contract.ts';
import { HostileProvider } from './hostile-provider.ts';
import { openTestInstance, type TestInstance, type TestInstanceOptions } from './instances.ts';

/** A consumer that works, with an administrator, for hostile providers to meet. */
export type AttackedConsumer = {
  readonly instance: TestInstance;
  readonly carol: Administrator;
  provider(name: string): Promise<HostileProvider>;
  /** Somebody else who is administrator here. */
  administrator(username: string): Promise<Administrator>;
};

export async function openAttackedConsumer(options: TestInstanceOptions = {}): Promise<AttackedConsumer> {
  const env = { LIAISE_TRUST_PROXY: 'loopback', ...options.env };
  const instance = await openTestInstance({ host: 'localhost', ...options, env });
  const carol = await becomeFirstAdministrator(instance, CONSUMER_ADMIN);
  await assignKeyManagementRoles(carol);
  return {
    ...{ instance, carol },
    provider: (name) => HostileProvider.open(name, instance),
    async administrator(username) {
      const input = { username, name: username, email: `${username}@example.com`, roles: ['admin'] as const };
      const { id } = await carol.api.call(createUser, { input: { ...input, roles: [...input.roles] } });
      const { link } = await carol.api.call(createSignInLink, { params: { id } });
      const browser = createBrowser();
      const api = apiCaller(browser, instance.origin);
      const token = new URLSearchParams(new URL(link ?? '').hash.slice(1)).get('t') ?? '';
      await api.call(signInByLink, { input: { token, password: `Password-of-${username}` } });
      return { browser, api };
    },
  };
}
