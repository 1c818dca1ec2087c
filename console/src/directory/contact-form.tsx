import { TextInput } from '@mantine/core';
import type { CompanyId } from '../../../src/directory/contract.ts';
import type { Fields } from '../shell/form.tsx';
import { CompanyPicker } from './company-picker.tsx';
import type { Contact } from './contacts.tsx';
import { strings } from './strings.ts';

export type ContactValues = { username: string; name: string; email: string; companyId: CompanyId | null };

export const valuesOf = ({ username, name, email, companyId }: Contact): ContactValues => ({
  username,
  name,
  email: email ?? '',
  companyId,
});

/** As the instance takes it: no address is null, not an empty word. */
export const inputOf = ({ email, ...rest }: ContactValues) => ({ ...rest, email: email.trim() === '' ? null : email });

export function ContactFields({ fields, company }: { fields: Fields<ContactValues>; company?: Contact }) {
  const known = company?.companyId ? { id: company.companyId, name: company.companyName ?? '' } : null;
  return (
    <>
      <TextInput label={strings.name} required autoComplete="off" {...fields.text('name')} />
      <TextInput label={strings.username} required autoComplete="off" {...fields.text('username')} />
      <TextInput label={strings.email} type="email" autoComplete="off" {...fields.text('email')} />
      <CompanyPicker
        label={strings.company}
        description={strings.companyHint}
        value={fields.values.companyId}
        known={known}
        onChange={(companyId) => fields.set({ companyId })}
        error={fields.errorOf('companyId')}
      />
    </>
  );
}
