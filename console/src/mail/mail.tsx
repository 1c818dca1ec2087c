import { Link } from '@tanstack/react-router';
import type { z } from 'zod';
import { listMail, type mailMessage } from '../../../src/platform/mail/contract.ts';
import { useRead } from '../api/queries.ts';
import { Guarded } from '../shell/failure.tsx';
import { Banner, Page, type Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { strings } from './strings.ts';

type Message = z.output<typeof mailMessage>;

const tones: Record<Message['state'], Tone> = { queued: 'busy', sent: 'good', failed: 'bad', withdrawn: 'idle' };
const names = ['search', 'record'] as const;

export function Mail() {
  const { values, set, clear } = useAddress(names);
  const newest = useRead(listMail, { query: { limit: 1 } });
  return (
    <Guarded permission={listMail.permission} title={strings.mail}>
      <Page title={strings.mail} lead={strings.mailLead} width="wide">
        {newest.data?.on === false && (
          <Banner tone="warn" title={strings.offTitle}>
            {strings.off}
          </Banner>
        )}
        <Table<Message>
          caption={strings.mail}
          route={listMail}
          query={values}
          onSearch={(search) => set({ search })}
          onClear={clear}
          keyOf={({ id }) => id}
          empty={{ title: strings.none, hint: strings.noneHint }}
          columns={[
            { title: strings.subject, cell: ({ subject, kind }) => <strong>{subject ?? kind}</strong> },
            { title: strings.recipient, sort: 'recipient', cell: ({ recipient }) => recipient ?? shared.none },
            { title: strings.record, cell: ({ record }) => <RecordLink record={record} />, width: '130px' },
            {
              title: strings.state,
              sort: 'state',
              cell: ({ state }) => <StateBadge words={strings.states[state]} tone={tones[state]} />,
              width: '120px',
            },
            { title: strings.attempts, cell: ({ attempts }) => attempts, width: '90px' },
            { title: strings.error, cell: ({ lastError }) => lastError ?? shared.none },
            { title: strings.created, sort: 'createdAt', cell: ({ createdAt }) => when(createdAt), width: '170px' },
            { title: strings.sent, cell: ({ sentAt }) => when(sentAt), width: '170px' },
          ]}
        />
      </Page>
    </Guarded>
  );
}

const RecordLink = ({ record }: { record: string | null }) =>
  record?.startsWith('REG') ? <Link to={`/registrations/${record}`}>{record}</Link> : (record ?? shared.none);
