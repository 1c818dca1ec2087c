import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createCompany, listCompanies } from '../../../src/directory/contract.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { type Company, CompanyDialog } from './company-dialog.tsx';
import { strings } from './strings.ts';

const names = ['search'] as const;

export function Companies() {
  const { values, set, clear } = useAddress(names);
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const add = (
    <ActButton route={createCompany} onClick={() => setOpen(true)}>
      {strings.newCompany}
    </ActButton>
  );
  return (
    <Guarded permission={listCompanies.permission} title={strings.companies}>
      <Page title={strings.companies} lead={strings.companiesLead} actions={add}>
        <Table<Company>
          caption={strings.companies}
          route={listCompanies}
          query={values}
          onSearch={(search) => set({ search })}
          onClear={clear}
          keyOf={({ id }) => id}
          empty={{ title: strings.noCompanies, hint: strings.noCompaniesHint, action: add }}
          columns={[
            {
              title: strings.companyName,
              sort: 'name',
              cell: ({ id, name }) => <RowLink to={`/companies/${id}`}>{name}</RowLink>,
            },
            { title: strings.state, cell: ({ active }) => <CompanyState active={active} />, width: '140px' },
            { title: strings.since, sort: 'createdAt', cell: ({ createdAt }) => when(createdAt), width: '200px' },
          ]}
        />
        <CompanyDialog
          open={open}
          onClose={() => setOpen(false)}
          onSaved={({ id }) => void navigate({ to: `/companies/${id}` })}
        />
      </Page>
    </Guarded>
  );
}

export const CompanyState = ({ active }: { active: boolean }) =>
  active ? (
    <StateBadge words={{ label: strings.active, meaning: strings.activeMeaning }} tone="good" />
  ) : (
    <StateBadge words={{ label: strings.inactive, meaning: strings.inactiveMeaning }} tone="idle" />
  );
