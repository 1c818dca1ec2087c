import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { listConsumerConnections } from '../../../src/provider/contract.ts';
import { ConnectionStatus } from '../link/connection-card.tsx';
import { strings as link } from '../link/strings.ts';
import { Guarded } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { strings } from './strings.ts';

type Summary = OutputOf<typeof listConsumerConnections>['items'][number];

const names = ['search'] as const;

export function Consumers() {
  const { values, set, clear } = useAddress(names);
  return (
    <Guarded permission={listConsumerConnections.permission} title={strings.consumers}>
      <Page title={strings.consumers} lead={strings.consumersLead} width="wide">
        <Table<Summary>
          caption={strings.consumers}
          route={listConsumerConnections}
          query={values}
          onSearch={(search) => set({ search })}
          onClear={clear}
          keyOf={({ number }) => number}
          empty={{
            title: strings.noConsumers,
            hint: strings.noConsumersHint,
            action: (
              <Button component={Link} to="/registrations" variant="default">
                {strings.goToRegistrations}
              </Button>
            ),
          }}
          columns={[
            {
              title: strings.number,
              sort: 'number',
              cell: ({ number }) => <RowLink to={`/consumers/${number}`}>{number}</RowLink>,
              width: '130px',
            },
            { title: strings.company, cell: ({ company }) => company.name },
            { title: strings.url, cell: ({ connection }) => connection.peer.origin },
            {
              title: link.status,
              cell: ({ connection }) => <ConnectionStatus status={connection.status} />,
              width: '140px',
            },
            {
              title: link.established,
              sort: 'createdAt',
              cell: ({ connection }) => when(connection.activatedAt),
              width: '190px',
            },
          ]}
        />
      </Page>
    </Guarded>
  );
}
