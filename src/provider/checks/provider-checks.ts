import { findContact, isDeliverableAddress } from '../../directory/index.ts';
import { findLiveConnection, peerChecks } from '../../link/index.ts';
import { type Check, defineCheck, type Finding, type Subject } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { findProvider } from '../provider-repo.ts';
import { CONSUMER_ROLE } from '../registration/check-contact.ts';
import { registrationId } from '../registration/registration.ts';
import { findRegistration, findRival, pinConsumerInstance } from '../registration/registration-repo.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'peerFetch' | 'signer' | 'ownId' | 'mail'>;

/** What only a provider has to have in order before a link exists (docs/protocol/link.md). */
export function providerChecks(deps: Deps): Check[] {
  const registrationOf = async (subject: Subject) =>
    registrationId.is(subject.id) ? findRegistration(deps.db, subject.id) : undefined;
  const common = { category: 'Onboarding', priority: 'critical', side: 'provider' } as const;

  return [
    defineCheck({
      ...common,
      id: 'CHK-01',
      name: 'The provider record exists',
      summary: 'No provider record has been set up',
      description: 'Consumers see the name of the provider record in the invitation and on the consent page.',
      remedy: 'Open Service Exchange Provider > Provider, enter a name and save.',
      run: async () => {
        if ((await findProvider(deps.db)) !== undefined) return [];
        return [
          {
            source: { kind: 'provider', id: 'provider', label: 'Provider record' },
            message: 'The provider record is missing.',
            cause: 'This instance has not been set up as a provider yet.',
            remedy: 'Open Service Exchange Provider > Provider, enter a name and save.',
            who: 'an administrator of this instance',
          },
        ];
      },
    }),
    defineCheck({
      ...common,
      id: 'OWN-01',
      name: 'The contact can give the consent',
      subjects: ['registration'],
      summary: 'The contact of the registration cannot give the consent',
      description:
        'The contact must be active, belong to the company, hold the consumer role and, where mail is on, have an address.',
      remedy: 'Reactivate the contact or replace it on the registration.',
      run: async ({ subject }) => {
        const registration = await registrationOf(subject);
        if (registration === undefined) return [];
        const contact = await findContact(deps.db, registration.contact_id);
        const fit =
          contact?.active === true &&
          contact.companyId === registration.company_id &&
          contact.roles.includes(CONSUMER_ROLE) &&
          (!deps.mail.on || isDeliverableAddress(contact.email ?? ''));
        if (fit) return [];
        return [
          {
            source: { kind: subject.kind, id: subject.id, label: subject.label },
            message: `The contact ${contact?.username ?? ''} is not active, left the company, lost the role ${CONSUMER_ROLE}, or has no address that the link can be mailed to.`,
            cause: 'The contact was changed after the registration was saved.',
            remedy: `Repair the contact under Directory > Contacts, or replace it on ${subject.label}.`,
            who: 'an administrator of this instance',
          },
        ];
      },
    }),
    ...peerChecks('provider', {
      ...deps,
      peerOf: async (subject) => {
        const registration = await registrationOf(subject);
        if (registration === undefined) return null;
        const contact = await findContact(deps.db, registration.contact_id);
        return {
          origin: registration.url,
          // NOTE until a link was made any instance may answer there: the consumer may still be setting up.
          pinned: registration.link_generation > 0 ? registration.instance_id : null,
          seen: registration.instance_id,
          ask: `Ask ${contact?.email ?? contact?.username ?? 'the contact'}`,
        };
      },
      pin: async (tx, subject, identity) =>
        registrationId.is(subject.id) ? pinConsumerInstance(tx, subject.id, identity.id) : false,
    }),
    defineCheck({
      ...common,
      id: 'NET-05',
      category: 'Network',
      name: 'The consumer instance is not connected already',
      subjects: ['registration'],
      summary: 'This consumer instance is connected or registered already',
      description: 'Two instances share one live connection (OQ-29).',
      remedy: 'Use the connection that exists, or off-board it first.',
      run: async ({ subject }) => {
        const registration = await registrationOf(subject);
        const instance = registration?.instance_id;
        if (registration === undefined || instance == null) return [];
        const rival = await findRival(deps.db, registration);
        const connection = await findLiveConnection(deps.db, instance);
        const foreign = connection !== undefined && connection.owner_id !== registration.id;
        if (rival === undefined && !foreign) return [];
        const name = rival?.number ?? 'another record';
        const finding: Finding = {
          source: { kind: subject.kind, id: subject.id, label: subject.label },
          message: `The instance at ${registration.url} is registered by ${name} already.`,
          cause: 'Two instances share one connection, whatever companies they are registered for.',
          remedy: `Use ${name}, or cancel or off-board it and validate again.`,
          who: 'an administrator of this instance',
        };
        return [finding];
      },
    }),
  ];
}
