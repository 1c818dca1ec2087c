import { Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { z } from 'zod';
import { createUser, listUsers, type userOutput } from '../../../src/directory/contract.ts';
import { roleNames } from '../../../src/kernel/role.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { strings } from './strings.ts';

export type Contact = z.output<typeof userOutput>;

const names = ['search', 'role', 'active'] as const;

export function Contacts() {
  const { values, set, clear } = useAddress(names);
  return (
    <Guarded permission={listUsers.permission} title={strings.contacts}>
      <Page title={strings.contacts} lead={strings.contactsLead} actions={<NewContactButton />} width="wide">
        <ContactsTable
          query={values}
          onSearch={(search) => set({ search })}
          onClear={clear}
          filters={
            <>
              <Select
                aria-label={strings.role}
                placeholder={strings.role}
                data={[...roleNames]}
                clearable
                clearButtonProps={{ 'aria-label': shared.clear }}
                value={values.role ?? null}
                onChange={(role) => set({ role: role ?? '' })}
              />
              <Select
                aria-label={strings.state}
                placeholder={strings.state}
                data={[
                  { value: 'true', label: strings.active },
                  { value: 'false', label: strings.inactive },
                ]}
                clearable
                clearButtonProps={{ 'aria-label': shared.clear }}
                value={values.active ?? null}
                onChange={(active) => set({ active: active ?? '' })}
              />
            </>
          }
        />
      </Page>
    </Guarded>
  );
}

export function NewContactButton({ companyId }: { companyId?: string }) {
  const navigate = useNavigate();
  const search = companyId === undefined ? {} : { company: companyId };
  return (
    <ActButton
      route={createUser}
      {...(companyId !== undefined && { variant: 'default' })}
      onClick={() => void navigate({ to: '/contacts/new', search: search as never })}
    >
      {strings.newContact}
    </ActButton>
  );
}

type ContactsTableProps = {
  query: Record<string, string | undefined>;
  onSearch?: (text: string) => void;
  onClear?: () => void;
  filters?: React.ReactNode;
  /** Inside a card, for one company: no search, no frame of its own. */
  bare?: boolean;
};

export function ContactsTable({ bare = false, ...rest }: ContactsTableProps) {
  return (
    <Table<Contact>
      caption={strings.contacts}
      route={listUsers}
      bare={bare}
      keyOf={({ id }) => id}
      empty={{
        title: strings.noContacts,
        hint: strings.noContactsHint,
        action: bare ? undefined : <NewContactButton />,
      }}
      columns={[
        { title: strings.name, sort: 'name', cell: ({ id, name }) => <RowLink to={`/contacts/${id}`}>{name}</RowLink> },
        { title: strings.username, sort: 'username', cell: ({ username }) => username },
        { title: strings.email, sort: 'email', cell: ({ email }) => email ?? shared.none },
        ...(bare ? [] : [{ title: strings.company, cell: ({ companyName }: Contact) => companyName ?? shared.none }]),
        { title: strings.rolesField, cell: ({ roles }) => (roles.length === 0 ? shared.none : roles.join(', ')) },
        {
          title: strings.lastSignIn,
          sort: 'lastSignInAt',
          cell: ({ lastSignInAt }) => (lastSignInAt === null ? strings.never : when(lastSignInAt)),
        },
        { title: strings.state, cell: ({ active }) => <ContactState active={active} />, width: '110px' },
      ]}
      {...rest}
    />
  );
}

export const ContactState = ({ active }: { active: boolean }) =>
  active ? (
    <StateBadge words={{ label: strings.active, meaning: strings.personActiveMeaning }} tone="good" />
  ) : (
    <StateBadge words={{ label: strings.inactive, meaning: strings.personInactiveMeaning }} tone="idle" />
  );
