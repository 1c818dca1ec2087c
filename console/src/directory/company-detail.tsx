import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { CompanyId } from '../../../src/directory/contract.ts';
import { changeCompany, readCompany } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Guarded, Refusal, Unread } from '../shell/failure.tsx';
import { Card, Page } from '../shell/page.tsx';
import { CompanyState } from './companies.tsx';
import { CompanyDialog } from './company-dialog.tsx';
import { ContactsTable, NewContactButton } from './contacts.tsx';
import { strings } from './strings.ts';

/** One company with its contacts. */
export function CompanyDetail() {
  const { id } = useParams({ strict: false }) as { id: CompanyId };
  const client = useQueryClient();
  const answer = useRead(readCompany, { params: { id } });
  const [editing, setEditing] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const company = answer.data;
  const turn = () =>
    call(changeCompany, { params: { id }, input: { active: company?.active !== true } })
      .then(() => client.invalidateQueries())
      .catch(setRefusal);
  return (
    <Guarded permission={readCompany.permission} title={strings.companies}>
      {company === undefined ? (
        <Page title={strings.companies}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Page
          title={company.name}
          parent={{ to: '/companies', title: strings.companies }}
          badge={<CompanyState active={company.active} />}
          actions={
            <>
              <ActButton route={changeCompany} variant="default" onClick={() => setEditing(true)}>
                {strings.editCompany}
              </ActButton>
              <ActButton route={changeCompany} variant="default" onClick={turn}>
                {company.active ? strings.deactivate : strings.activate}
              </ActButton>
            </>
          }
        >
          <Refusal error={refusal} />
          <Card title={strings.contacts} actions={<NewContactButton companyId={id} />} flush>
            <ContactsTable query={{ companyId: id }} bare />
          </Card>
          <CompanyDialog company={company} open={editing} onClose={() => setEditing(false)} />
        </Page>
      )}
    </Guarded>
  );
}
