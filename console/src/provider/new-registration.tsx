import { Anchor, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import type { CompanyId } from '../../../src/directory/contract.ts';
import type { UserId } from '../../../src/kernel/actor.ts';
import { saveRegistration } from '../../../src/provider/contract.ts';
import { call } from '../api/client.ts';
import { CompanyPicker } from '../directory/company-picker.tsx';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded } from '../shell/failure.tsx';
import { Form, missingOf, useFields } from '../shell/form.tsx';
import { Card, Page } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import { ContactPicker } from './contact-picker.tsx';
import css from './provider.module.css';
import { strings } from './strings.ts';
import { UrlField } from './url-field.tsx';

type Values = { companyId: CompanyId | null; contactId: UserId | null; url: string; grantConsumerRole: boolean };

export function NewRegistration() {
  return (
    <Guarded permission={saveRegistration.permission} title={strings.newRegistration}>
      <Page
        title={strings.newRegistration}
        parent={{ to: '/registrations', title: strings.registrations }}
        width="narrow"
      >
        <Card>
          <RegistrationForm />
        </Card>
      </Page>
    </Guarded>
  );
}

function RegistrationForm() {
  const navigate = useNavigate();
  const fields = useFields<Values>({ companyId: null, contactId: null, url: '', grantConsumerRole: true });
  const { companyId, contactId, url, grantConsumerRole } = fields.values;
  const save = () =>
    fields.send(
      async () => {
        const input = {
          companyId: companyId as CompanyId,
          contactId: contactId as UserId,
          url: url.trim(),
          grantConsumerRole,
        };
        const { number } = await call(saveRegistration, { input });
        await navigate({ to: `/registrations/${number}` });
      },
      missingOf(fields.values, strings.missing),
    );
  return (
    <Form fields={fields} onSubmit={save}>
      <div className={css.readOnly}>
        <TextInput label={strings.number} value={strings.numberOnSave} readOnly data-calm />
        <TextInput label={strings.state} value={strings.stateOnSave} readOnly data-calm />
      </div>
      <CompanyPicker
        label={strings.company}
        required
        value={companyId}
        onChange={(id) => fields.set(id === companyId ? {} : { companyId: id, contactId: null })}
        error={fields.errorOf('companyId')}
      />
      <div className={css.aside}>
        {strings.companyMissing}{' '}
        <Anchor component={Link} to="/companies" inherit>
          {strings.addCompany}
        </Anchor>
      </div>
      <ContactPicker
        companyId={companyId}
        contactId={contactId}
        grantConsumerRole={grantConsumerRole}
        error={fields.errorOf('contactId')}
        onChange={(change) => fields.set(change)}
      />
      <UrlField value={url} error={fields.errorOf('url')} onChange={(value) => fields.set({ url: value })} />
      <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
        <ActButton route={saveRegistration} type="submit" loading={fields.busy}>
          {shared.save}
        </ActButton>
      </div>
    </Form>
  );
}
