import { Checkbox } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type CompanyId, companyId as companyIds, createUser, readCompany } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { Guarded } from '../shell/failure.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Card, Page } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import { ContactFields, type ContactValues, inputOf } from './contact-form.tsx';
import type { Contact } from './contacts.tsx';
import { strings } from './strings.ts';

export function NewContact() {
  const { company } = useSearch({ strict: false }) as { company?: string };
  const id = companyIds.is(company) ? company : null;
  const known = useRead(readCompany, { params: { id: id as CompanyId } }, { enabled: id !== null });
  const ready = id === null || known.data !== undefined || known.error !== null;
  return (
    <Guarded permission={createUser.permission} title={strings.newContact}>
      <Page title={strings.newContact} parent={{ to: '/contacts', title: strings.contacts }} width="narrow">
        {ready && <NewContactForm company={known.data ?? null} />}
      </Page>
    </Guarded>
  );
}

function NewContactForm({ company }: { company: { id: CompanyId; name: string } | null }) {
  const navigate = useNavigate();
  const fields = useFields<ContactValues & { consumer: boolean }>({
    username: '',
    name: '',
    email: '',
    companyId: company?.id ?? null,
    consumer: company !== null,
  });
  const submit = () =>
    fields.send(async () => {
      const { consumer, ...values } = fields.values;
      const roles = consumer ? (['sn_sb_pro.consumer'] as const) : [];
      const { id } = await call(createUser, { input: { ...inputOf(values), roles: [...roles] } });
      await navigate({ to: `/contacts/${id}` });
    });
  const known = company && ({ companyId: company.id, companyName: company.name } as Contact);
  return (
    <Card>
      <Form fields={fields} onSubmit={submit} submit={shared.save}>
        <ContactFields fields={fields as never} {...(known && { company: known })} />
        <Checkbox
          label={strings.giveConsumerRole}
          description={strings.giveConsumerRoleHint}
          checked={fields.values.consumer}
          onChange={(event) => fields.set({ consumer: event.currentTarget.checked })}
        />
      </Form>
    </Card>
  );
}
