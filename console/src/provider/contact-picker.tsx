import { Checkbox, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { CompanyId } from '../../../src/directory/contract.ts';
import { listUsers } from '../../../src/directory/contract.ts';
import type { UserId } from '../../../src/kernel/actor.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { useRead } from '../api/queries.ts';
import { SignInLinkButton } from '../directory/sign-in-link.tsx';
import css from './provider.module.css';
import { strings } from './strings.ts';

type Person = OutputOf<typeof listUsers>['items'][number];
type Choice = { contactId: UserId | null; grantConsumerRole: boolean };
type Props = Choice & {
  companyId: CompanyId | null;
  error: string | undefined;
  onChange: (change: Partial<Choice>) => void;
};

/** Contacts of one company, each with e-mail and role; and what is missing for the chosen one, with its remedy. */
export function ContactPicker({ companyId, contactId, grantConsumerRole, error, onChange }: Props) {
  const answer = useRead(
    listUsers,
    { query: { companyId: companyId ?? undefined, active: 'true', limit: 200 } },
    { enabled: companyId !== null },
  );
  const people =
    companyId === null ? [] : (answer.data?.items ?? []).filter((person) => person.companyId === companyId);
  const person = people.find(({ id }) => id === contactId);
  const nobody = companyId !== null && answer.isSuccess && !answer.isPlaceholderData && people.length === 0;
  return (
    <>
      <Select
        label={strings.contact}
        description={companyId === null ? strings.contactFirst : strings.contactHint}
        required
        searchable
        placeholder={strings.pickContact}
        disabled={companyId === null}
        data={people.map((each) => ({ value: each.id as string, label: labelOf(each) }))}
        value={contactId}
        onChange={(id) => onChange({ contactId: id as UserId | null })}
        error={error}
        nothingFoundMessage={strings.noContacts}
        comboboxProps={{ shadow: 'md' }}
      />
      {nobody && (
        <div className={css.aside}>
          {strings.noContacts}{' '}
          <Link to="/contacts/new" search={{ company: companyId } as never}>
            {strings.addContact}
          </Link>
        </div>
      )}
      {person && !person.roles.includes('sn_sb_pro.consumer') && (
        <Checkbox
          label={strings.grantRole}
          description={strings.grantRoleHint}
          checked={grantConsumerRole}
          onChange={(event) => onChange({ grantConsumerRole: event.currentTarget.checked })}
        />
      )}
      {person && !person.hasSignedIn && (
        <div className={css.aside}>
          {strings.neverSignedIn} <SignInLinkButton id={person.id} />
        </div>
      )}
    </>
  );
}

const labelOf = ({ name, email, roles }: Person): string =>
  `${name} · ${email ?? strings.noEmail} · ${roles.includes('sn_sb_pro.consumer') ? strings.holdsRole : strings.lacksRole}`;
