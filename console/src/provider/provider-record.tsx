import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getProvider, setUpProvider } from '../../../src/provider/contract.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Facts } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Banner, Card, Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { strings } from './strings.ts';

export function ProviderRecord() {
  const answer = useRead(getProvider, {});
  const provider = answer.data?.provider;
  return (
    <Guarded permission={getProvider.permission} title={strings.provider}>
      <Page title={strings.provider} lead={strings.providerLead} width="narrow">
        <Unread answer={answer} />
        {provider === null && (
          <>
            <Banner tone="warn" title={strings.providerMissing} />
            <Card>
              <SetUp />
            </Card>
          </>
        )}
        {provider && (
          <Card>
            <Facts
              facts={[
                { label: strings.providerName, value: <strong>{provider.name}</strong> },
                { label: strings.setUpAt, value: when(provider.createdAt) },
              ]}
            />
          </Card>
        )}
      </Page>
    </Guarded>
  );
}

function SetUp() {
  const client = useQueryClient();
  const fields = useFields({ name: '' });
  const save = async () => {
    if (await fields.send(() => call(setUpProvider, { input: fields.values }))) await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={save}>
      <TextInput
        label={strings.providerName}
        description={strings.providerNameHint}
        required
        autoComplete="organization"
        {...fields.text('name')}
      />
      <div style={{ display: 'flex', justifyContent: 'flex-end' }}>
        <ActButton route={setUpProvider} type="submit" loading={fields.busy}>
          {strings.setUp}
        </ActButton>
      </div>
    </Form>
  );
}
