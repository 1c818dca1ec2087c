import { Select } from '@mantine/core';
import { useState } from 'react';
import {
  importRegistrationLink,
  listProviderConnections,
  providerConnectionStates,
} from '../../../src/consumer/contract.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { PasteLink } from './paste-link.tsx';
import { ProviderConnectionBadge } from './provider-connection-state.tsx';
import { strings } from './strings.ts';

type Summary = OutputOf<typeof listProviderConnections>['items'][number];

const names = ['search', 'state'] as const;
const stateChoices = Object.entries(providerConnectionStates).map(([value, { label }]) => ({ value, label }));

export function ProviderConnections() {
  const { values, set, clear } = useAddress(names);
  const [pasting, setPasting] = useState(false);
  const paste = (
    <ActButton route={importRegistrationLink} onClick={() => setPasting(true)}>
      {strings.paste}
    </ActButton>
  );
  return (
    <Guarded permission={listProviderConnections.permission} title={strings.connections}>
      <Page title={strings.connections} lead={strings.connectionsLead} actions={paste} width="wide">
        <Table<Summary>
          caption={strings.connections}
          route={listProviderConnections}
          query={values}
          onSearch={(search) => set({ search })}
          onClear={clear}
          filters={
            <Select
              aria-label={strings.state}
              placeholder={strings.anyState}
              data={stateChoices}
              value={values.state ?? null}
              onChange={(state) => set({ state: state ?? '' })}
              clearable
              clearButtonProps={{ 'aria-label': shared.clear }}
            />
          }
          keyOf={({ number }) => number}
          empty={{ title: strings.none, hint: strings.noneHint, action: paste }}
          columns={[
            {
              title: strings.number,
              sort: 'number',
              cell: ({ number }) => <RowLink to={`/provider-connections/${number}`}>{number}</RowLink>,
              width: '130px',
            },
            { title: strings.provider, sort: 'provider', cell: ({ provider }) => provider.name },
            { title: strings.address, cell: ({ provider }) => provider.origin },
            { title: strings.company, cell: ({ company }) => company?.name ?? shared.none },
            {
              title: strings.state,
              sort: 'state',
              cell: ({ state }) => <ProviderConnectionBadge state={state} />,
              width: '190px',
            },
            { title: strings.updated, sort: 'updatedAt', cell: ({ updatedAt }) => when(updatedAt), width: '180px' },
          ]}
        />
        <PasteLink open={pasting} onClose={() => setPasting(false)} />
      </Page>
    </Guarded>
  );
}
