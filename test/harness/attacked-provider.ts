import { openSignInLink } from '../../src/demo/open-sign-in-link.ts';
import {
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONTACT,
  type Contact,
  linkFromWorkNote,
  PROVIDER_ADMIN,
  prepareProvider,
  registerConsumer,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { createSignInLink } from '../../src/directory/contract.ts';
import type { UserId } from '../../src/kernel/index.ts';
import { HostileConsumer } from './hostile-consumer.ts';
import { type HostilePeer, openHostilePeer } from './hostile-peer.ts';
import { openTestInstance, type TestInstance, type TestInstanceOptions } from './instances.ts';
import type { Mailbox } from './mailbox.ts';

/** A provider that works, with an administrator, its record and a contact, for hostile consumers to meet. */
export type AttackedProvider = {
  readonly instance: TestInstance;
  readonly ada: Administrator;
  readonly contact: Contact;
  readonly account: typeof CONTACT;
  /** A hostile consumer, registered, validated and invited. Names are used once in a file. */
  invite(name: string): Promise<{ number: string; link: string; consumer: HostileConsumer; peer: HostilePeer }>;
  /** Lets a person in by a one-time link; the password they have then. */
  passwordFor(person: { id: UserId; email: string | null }): Promise<string>;
};

export async function openAttackedProvider(
  options: TestInstanceOptions & { mailbox?: Mailbox } = {},
): Promise<AttackedProvider> {
  const { mailbox, ...others } = options;
  // The proxy's word lets every request of a hostile peer come from an address of its own; see fromSomewhere.
  const env = { LIAISE_TRUST_PROXY: 'loopback', ...others.env };
  const instance = await openTestInstance({ ...others, env, ...(mailbox && { mailUrl: mailbox.url }) });
  const ada = await becomeFirstAdministrator(instance, PROVIDER_ADMIN);
  await assignKeyManagementRoles(ada);
  const mailedLink = async (to: string): Promise<string> => {
    const isIt = ({ text, headers }: Mailbox['messages'][number]) =>
      text?.includes('/welcome#') === true && JSON.stringify(headers.get('to')).includes(to);
    const message = await mailbox?.next(isIt);
    return /http\S+\/welcome#\S+/.exec(message?.text ?? '')?.[0] ?? '';
  };
  const contact = await prepareProvider(ada, instance.origin, mailedLink);
  return {
    ...{ instance, ada, contact, account: CONTACT },
    async invite(name) {
      const peer = await openHostilePeer(name);
      const { number } = await registerConsumer(ada, contact, peer.origin);
      await waitForRegistration(ada, number, 'open');
      const link = await linkFromWorkNote(ada, number);
      return { number, link, peer, consumer: await HostileConsumer.invited(peer, link) };
    },
    async passwordFor({ id, email }) {
      const { link } = await ada.api.call(createSignInLink, { params: { id } });
      const password = `Password-of-${id}`;
      await openSignInLink(link ?? (await mailedLink(email ?? '')), instance.origin, password);
      return password;
    },
  };
}
