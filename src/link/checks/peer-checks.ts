import { type Clock, DAY_MS, type Random } from '../../kernel/index.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import { type InstanceId, type PeerIdentity, PROTOCOL_VERSION, type Signer, SUITE } from '../../protocol/index.ts';
import { type Check, defineCheck, type Finding, type Side, type Subject } from '../../scan/index.ts';
import { findPeer } from '../peer/peer-repo.ts';
import { learnOfPeer, pinnedManifest } from '../peer/pinned-peer.ts';
import { probePeer } from '../peer/probe-peer.ts';
import { visitPeer } from '../peer/visit-peer.ts';

/** The instance at the other end of a record that is being validated. */
export type PeerUnderTest = {
  readonly origin: string;
  /** Known from an earlier visit or from the invitation; null when any instance may answer. */
  readonly pinned: InstanceId | null;
  /** Who answered there last, bound or not. */
  readonly seen: InstanceId | null;
  /** Whom to ask when the fault is on their side: "Ask jane@example.org". */
  readonly ask: string;
};

type Deps = {
  db: Db;
  clock: Clock;
  random: Random;
  peerFetch: PeerFetch;
  signer: Signer;
  ownId: () => InstanceId;
  /** Null when the record is gone meanwhile: then there is nothing to find. */
  peerOf: (subject: Subject) => Promise<PeerUnderTest | null>;
  /** Writes down which instance answered; false when the record is bound to another one. */
  pin: (tx: Tx, subject: Subject, identity: PeerIdentity) => Promise<boolean>;
};

/** Above this, statements dated by one clock look stale to the other (docs/protocol/conventions.md). */
const MAX_SKEW_MS = 120_000;
const MIN_CERTIFICATE_DAYS = 14;

/** What must hold of the other instance before a link exists (docs/protocol/link.md). One set per side. */
export function peerChecks(side: Side, deps: Deps): Check[] {
  const other = side === 'provider' ? 'consumer' : 'provider';
  const subjects: Subject['kind'][] = [side === 'provider' ? 'registration' : 'provider-connection'];
  const common = { category: 'Network', side, subjects, peer: true } as const;
  const about = (
    subject: Subject,
    peer: PeerUnderTest,
    finding: Omit<Finding, 'source' | 'who' | 'peer'>,
  ): Finding[] => [
    {
      source: { kind: subject.kind, id: subject.id, label: `${subject.label}: ${peer.origin}` },
      who: peer.ask,
      peer: true,
      ...finding,
    },
  ];

  const lookAgain = async (origin: string, id: InstanceId, signal: AbortSignal): Promise<void> => {
    const visited = await visitPeer(deps, origin, { signal, pin: { id } });
    if (visited.ok) await transact(deps.db, (tx) => learnOfPeer(deps, tx, visited.value));
  };

  return [
    defineCheck({
      ...common,
      id: side === 'provider' ? 'NET-01' : 'NET-11',
      name: `The ${other} instance answers and proves its identity`,
      priority: 'critical',
      summary: `The ${other} instance does not answer as a Liaise instance`,
      description: `Fetches the identity of the ${other} instance through the guarded client and has it sign a nonce.`,
      remedy: `Check the address, and ask the ${other} to start its instance and to make it reachable.`,
      run: async ({ subject, signal }) => {
        const peer = await deps.peerOf(subject);
        if (peer === null) return [];
        const seen = await visitPeer(deps, peer.origin, { signal, ...(peer.pinned && { pin: { id: peer.pinned } }) });
        if (!seen.ok) {
          return about(subject, peer, {
            message: seen.error.message,
            cause: `Nothing at ${peer.origin} could show a valid instance identity.`,
            remedy: `${peer.ask}: start Liaise at ${peer.origin}, set its public URL to that address, and let ${deps.ownId()} reach it. The check is repeated by itself.`,
          });
        }
        if (seen.value.identity.id === deps.ownId()) {
          return about(subject, peer, {
            message: `${peer.origin} is this very instance.`,
            cause: 'The address leads back to this instance under another name.',
            remedy: 'Cancel this registration and register the address of the other instance.',
          });
        }
        const probed = await probePeer(deps, peer.origin, seen.value.identity, signal);
        if (!probed.ok) {
          return about(subject, peer, {
            message: probed.error.message,
            cause: 'The instance shows an identity but could not sign with its keys.',
            remedy: `${peer.ask}: open Key Management > Health (Diagnostics) there and repair what it names.`,
          });
        }
        const pinned = await transact(deps.db, async (tx) => {
          await learnOfPeer(deps, tx, seen.value);
          return deps.pin(tx, subject, seen.value.identity);
        });
        if (pinned) return [];
        return about(subject, peer, {
          message: `Another instance answers at ${peer.origin} than the one this record is bound to.`,
          cause: 'The instance there was replaced or the name now leads elsewhere.',
          remedy: 'Make sure who runs that address. If the change is wanted, cancel this record and start again.',
        });
      },
    }),
    defineCheck({
      ...common,
      id: side === 'provider' ? 'NET-02' : 'NET-12',
      name: `The ${other} instance’s certificate is good for ${MIN_CERTIFICATE_DAYS} days`,
      priority: 'high',
      summary: `The ${other} instance’s TLS certificate is about to expire`,
      description:
        'Reads the certificate chain and its dates. Not run for plain http, which only non-production instances allow.',
      remedy: `Ask the ${other} to renew the certificate.`,
      run: async ({ subject }) => {
        const peer = await deps.peerOf(subject);
        if (peer === null || !peer.origin.startsWith('https:')) return [];
        const tls = await deps.peerFetch.inspectTls(new URL(peer.origin));
        // An instance that cannot be reached at all is the finding of the check before.
        if (!tls.ok) return [];
        const days = Math.floor((tls.value.validTo.getTime() - deps.clock.now().getTime()) / DAY_MS);
        if (days >= MIN_CERTIFICATE_DAYS) return [];
        return about(subject, peer, {
          message: `The certificate of ${peer.origin} is valid for ${Math.max(0, days)} more days.`,
          cause: `It ends on ${tls.value.validTo.toISOString().slice(0, 10)}.`,
          remedy: `${peer.ask}: renew the certificate of ${peer.origin}.`,
        });
      },
    }),
    defineCheck({
      ...common,
      id: side === 'provider' ? 'NET-03' : 'NET-13',
      name: 'Both instances speak a common version',
      priority: 'critical',
      summary: 'The two instances have no protocol version or suite in common',
      description: 'Compares protocol versions and cipher suites of the two signed manifests.',
      remedy: 'Update the older instance.',
      run: async ({ subject, signal }) => {
        const peer = await deps.peerOf(subject);
        if (peer?.seen == null) return [];
        const { seen } = peer;
        const manifest = await stillSo(
          () => pinnedManifest(deps, seen),
          ({ vers, suites }) => !vers.includes(PROTOCOL_VERSION) || !suites.includes(SUITE),
          () => lookAgain(peer.origin, seen, signal),
        );
        if (manifest === undefined) return [];
        return about(subject, peer, {
          message: `${peer.origin} speaks ${manifest.vers.join(', ')} with ${manifest.suites.join(', ')}; this instance speaks ${PROTOCOL_VERSION} with ${SUITE}.`,
          cause: 'One of the two instances is too old.',
          remedy: 'Update the older instance to a release that speaks the other one’s version.',
        });
      },
    }),
    defineCheck({
      ...common,
      id: side === 'provider' ? 'NET-04' : 'NET-14',
      name: 'The clocks of both instances agree',
      priority: 'high',
      summary: 'The clocks of the two instances differ by more than two minutes',
      description: 'Measured with the same visit that proves the identity.',
      remedy: 'Turn on time synchronisation (NTP) on the instance whose clock is wrong.',
      run: async ({ subject, signal }) => {
        const peer = await deps.peerOf(subject);
        if (peer?.seen == null) return [];
        const { seen } = peer;
        const row = await stillSo(
          () => findPeer(deps.db, seen),
          ({ skew_ms }) => Math.abs(skew_ms) > MAX_SKEW_MS,
          () => lookAgain(peer.origin, seen, signal),
        );
        if (row === undefined) return [];
        const seconds = Math.round(Math.abs(row.skew_ms) / 1_000);
        return about(subject, peer, {
          message: `The clock at ${peer.origin} is ${seconds} s ${row.skew_ms > 0 ? 'ahead of' : 'behind'} this one.`,
          cause: 'One of the two clocks is wrong.',
          remedy: 'Compare both with a time server and turn on NTP where it is off.',
        });
      },
    }),
  ];
}

/**
 * What is on file of a peer if that is a fault, and still is after one more visit; else undefined. Whoever has repaired it
 * has this one check run again, without the visit of the whole suite.
 */
async function stillSo<Known>(
  read: () => Promise<Known | undefined>,
  isFault: (known: Known) => boolean,
  visit: () => Promise<void>,
): Promise<Known | undefined> {
  const onFile = await read();
  if (onFile === undefined || !isFault(onFile)) return undefined;
  await visit();
  const now = await read();
  return now !== undefined && isFault(now) ? now : undefined;
}
