import type { z } from 'zod';
import type { connectionView } from '../../../src/link/contract.ts';
import { Facts } from '../shell/detail.tsx';
import { Card, type Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import css from './link.module.css';
import { SafetyNumber } from './safety-number.tsx';
import { strings } from './strings.ts';

export type Connection = z.output<typeof connectionView>;

const tones = { pending: 'busy', active: 'good', suspended: 'warn', 'off-boarded': 'idle' } as const satisfies Record<
  Connection['status'],
  Tone
>;

export const ConnectionStatus = ({ status }: { status: Connection['status'] }) => (
  <StateBadge words={strings.statuses[status]} tone={tones[status]} />
);

export const Direction = ({ state }: { state: Connection['inbound'] }) => (
  <StateBadge words={strings.directions[state]} tone={state === 'active' ? 'good' : 'idle'} />
);

/** One link: who is at the other end, what was proved, and what both sides have set. */
export function ConnectionCard({ connection }: { connection: Connection }) {
  const { peer, settings } = connection;
  return (
    <>
      <Card title={strings.connection} actions={<ConnectionStatus status={connection.status} />}>
        <Facts
          facts={[
            { label: strings.inbound, value: <Direction state={connection.inbound} /> },
            { label: strings.outbound, value: <Direction state={connection.outbound} /> },
            { label: strings.peer, value: peer.name },
            { label: strings.origin, value: peer.origin },
            { label: strings.instanceId, value: <code>{peer.instanceId}</code> },
            { label: strings.version, value: peer.version ?? shared.none },
            { label: strings.serviceAccount, value: <code>{connection.serviceAccount}</code> },
            { label: strings.established, value: when(connection.activatedAt) },
            { label: strings.safetyNumber, wide: true, value: <SafetyNumber digits={connection.safetyNumber} /> },
          ]}
        />
      </Card>
      <HealthCard health={connection.health} />
      <Card title={strings.settings}>
        <Settings ours={settings.ours} theirs={settings.theirs} />
      </Card>
    </>
  );
}

/** What was heard of the other side, as far as it is known; nothing here is a promise that it answers now. */
const HealthCard = ({ health }: { health: Connection['health'] }) => (
  <Card title={strings.health}>
    <Facts
      facts={[
        { label: strings.seen, value: when(health.seenAt), hint: strings.seenHint },
        { label: strings.manifestSeq, value: health.manifestSeq },
        { label: strings.skew, value: strings.skewOf(health.skewMs) },
        { label: strings.sent, value: strings.sentOf(health.sent, health.confirmed) },
        { label: strings.confirmedAt, value: when(health.confirmedAt) },
        { label: strings.received, value: health.received },
        { label: strings.receivedAt, value: when(health.receivedAt) },
      ]}
    />
  </Card>
);

function Settings({ ours, theirs }: Connection['settings']) {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs ?? {})])].sort();
  return (
    <table className={css.settings}>
      <thead>
        <tr>
          <th scope="col">{strings.setting}</th>
          <th scope="col">{strings.settingsOurs}</th>
          <th scope="col">{strings.settingsTheirs}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{textOf(ours[name])}</td>
            <td>{theirs === null ? strings.settingsNone : textOf(theirs[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const textOf = (value: unknown): string =>
  value === undefined || value === null ? shared.none : typeof value === 'string' ? value : JSON.stringify(value);
