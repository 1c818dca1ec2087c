import { Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { OutputOf } from '../../../src/kernel/route.ts';
import {
  listRegistrations,
  readRegistrationsByMonth,
  registrationStates,
  saveRegistration,
} from '../../../src/provider/contract.ts';
import { useMay } from '../api/session.tsx';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { RegistrationBadge } from './registration-state.tsx';
import { RegistrationsByMonth } from './registrations-by-month.tsx';
import { strings } from './strings.ts';

type Summary = OutputOf<typeof listRegistrations>['items'][number];

const names = ['search', 'state'] as const;
const stateChoices = Object.entries(registrationStates).map(([value, { label }]) => ({ value, label }));

export function Registrations() {
  const { values, set, clear } = useAddress(names);
  const navigate = useNavigate();
  const may = useMay(readRegistrationsByMonth.permission);
  const add = (
    <ActButton route={saveRegistration} onClick={() => void navigate({ to: '/registrations/new' })}>
      {strings.new}
    </ActButton>
  );
  return (
    <Guarded permission={listRegistrations.permission} title={strings.registrations}>
      <Page title={strings.registrations} lead={strings.registrationsLead} actions={add} width="wide">
        <Table<Summary>
          caption={strings.registrations}
          route={listRegistrations}
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
          empty={{ title: strings.noRegistrations, hint: strings.noRegistrationsHint, action: add }}
          columns={[
            {
              title: strings.number,
              sort: 'number',
              cell: ({ number }) => <RowLink to={`/registrations/${number}`}>{number}</RowLink>,
              width: '130px',
            },
            { title: strings.company, cell: ({ company }) => company.name },
            { title: strings.contact, cell: ({ contact }) => contact.name },
            { title: strings.url, sort: 'url', cell: ({ url }) => url },
            {
              title: strings.state,
              sort: 'state',
              cell: ({ state }) => <RegistrationBadge state={state} />,
              width: '190px',
            },
            { title: strings.updated, sort: 'updatedAt', cell: ({ updatedAt }) => when(updatedAt), width: '180px' },
          ]}
        />
        {may && <RegistrationsByMonth />}
      </Page>
    </Guarded>
  );
}
