import { findLiveConnection, peerChecks, pinnedManifest } from '../../link/index.ts';
import { type Check, defineCheck, type Subject } from '../../scan/index.ts';
import type { ConsumerDeps } from '../deps.ts';
import { providerConnectionId } from '../provider-connection.ts';
import { findProviderConnection } from '../provider-connection-repo.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'peerFetch' | 'signer' | 'ownId' | 'oauth'>;

/** What only a consumer has to have in order before it connects: the provider is there and its sign-in fits its identity. */
export function consumerChecks(deps: Deps): Check[] {
  const recordOf = async (subject: Subject) =>
    providerConnectionId.is(subject.id) ? findProviderConnection(deps.db, subject.id) : undefined;
  const common = {
    category: 'Network',
    priority: 'critical',
    side: 'consumer',
    subjects: ['provider-connection'],
  } as const;

  return [
    ...peerChecks('consumer', {
      ...deps,
      peerOf: async (subject) => {
        const record = await recordOf(subject);
        if (record === undefined) return null;
        const { provider_instance_id: id, provider_origin: origin, provider_name: name } = record;
        return { origin, pinned: id, seen: id, ask: `Ask the administrators of ${name}` };
      },
      // The invitation has bound the record already, and the visit itself insists on that identity.
      pin: async () => true,
    }),
    defineCheck({
      ...common,
      id: 'NET-15',
      peer: true,
      name: 'The provider’s sign-in can be used safely',
      summary: 'The provider’s authorization server is not the one its identity names, or lacks what is needed',
      description:
        'Reads the OAuth metadata of the provider: issuer as in its manifest, pushed requests, DPoP, rich requests.',
      remedy: 'Ask the provider’s administrators to check the public URL and the version of their instance.',
      run: async ({ subject }) => {
        const record = await recordOf(subject);
        const manifest = record && (await pinnedManifest(deps, record.provider_instance_id));
        if (record === undefined || manifest === undefined) return [];
        const facts = await deps.oauth.discover(manifest.oauth.issuer);
        const source = { kind: subject.kind, id: subject.id, label: `${subject.label}: ${record.provider_origin}` };
        const who = `Ask the administrators of ${record.provider_name}`;
        if (!facts.ok) {
          return [
            {
              source,
              who,
              peer: true,
              message: `The provider’s authorization server could not be read (${facts.error.code}).`,
              cause: 'It does not answer, or names another issuer than its identity does.',
              remedy: 'The check is repeated by itself. If it stays, ask the provider to check its public URL.',
            },
          ];
        }
        const { pushedRequestsRequired, dpop, richRequests } = facts.value;
        if (pushedRequestsRequired && dpop && richRequests) return [];
        return [
          {
            source,
            who,
            peer: true,
            message: 'The provider’s authorization server lacks a protection that this instance insists on.',
            cause: 'Pushed requests, DPoP and rich requests must all be on.',
            remedy: 'Ask the provider to update its instance.',
          },
        ];
      },
    }),
    defineCheck({
      ...common,
      id: 'NET-16',
      name: 'The provider is not connected already',
      summary: 'This provider is connected already',
      description: 'Two instances share one live connection (OQ-29).',
      remedy: 'Use the connection that exists, or off-board it first.',
      run: async ({ subject }) => {
        const record = await recordOf(subject);
        const connection = record && (await findLiveConnection(deps.db, record.provider_instance_id));
        if (record === undefined || connection === undefined || connection.owner_id === record.id) return [];
        return [
          {
            source: { kind: subject.kind, id: subject.id, label: subject.label },
            message: `${record.provider_origin} is connected already.`,
            cause: 'Two instances share one connection.',
            remedy: 'Use the connection that exists, or off-board it and validate again.',
            who: 'an administrator of this instance',
          },
        ];
      },
    }),
  ];
}
