import { Anchor } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  type ProviderConnectionView,
  providerConnectionMachine,
  providerConnectionStates,
  saveProviderConnection,
} from '../../../src/consumer/contract.ts';
import type { CompanyId } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { CompanyPicker } from '../directory/company-picker.tsx';
import { ActButton } from '../shell/act-button.tsx';
import { type Step, Steps } from '../shell/detail.tsx';
import { Form, missingOf, useFields } from '../shell/form.tsx';
import { moveOf } from '../shell/move.ts';
import { Card, type Tone } from '../shell/page.tsx';
import { ConnectButton } from './connect-button.tsx';
import { strings } from './strings.ts';

/**
 * The way from invitation to connection in four steps. It has no memory of its own: the record's state says where it
 * stands, so closing the tab loses nothing.
 */
export function WizardCard({ connection }: { connection: ProviderConnectionView }) {
  const { state, validation } = connection;
  if (state === 'onboarded') return null;
  const failed = state === 'validation-failed';
  const checked = state === 'validated' || state === 'connecting';
  const steps: Step[] = [
    {
      key: 'company',
      title: strings.stepCompany,
      ...progress(connection.company !== null, state === 'new'),
      body: checked ? connection.company?.name : <CompanyForm connection={connection} />,
    },
    {
      key: 'checks',
      title: strings.stepChecks,
      ...(failed
        ? { tone: 'bad' as const, state: strings.failed }
        : progress(checked, state === 'awaiting-validation')),
      body:
        validation &&
        `${validation.checks.filter(({ outcome }) => outcome === 'passed').length}/${validation.checks.length}`,
    },
    {
      key: 'connect',
      title: strings.stepConnect,
      ...progress(false, checked),
      body: checked ? <ConnectButton connection={connection} /> : undefined,
    },
    { key: 'done', title: strings.stepDone, ...progress(false, false) },
  ];
  return (
    <Card title={strings.wizard}>
      <Steps label={strings.wizard} steps={steps} />
    </Card>
  );
}

const progress = (done: boolean, now: boolean): { tone: Tone; state: string } =>
  done
    ? { tone: 'good', state: strings.done }
    : now
      ? { tone: 'busy', state: strings.waiting }
      : { tone: 'idle', state: strings.todo };

function CompanyForm({ connection }: { connection: ProviderConnectionView }) {
  const client = useQueryClient();
  const fields = useFields<{ companyId: CompanyId | null }>({
    companyId: (connection.company?.id ?? null) as CompanyId | null,
  });
  const save = async () => {
    const input = { companyId: fields.values.companyId as CompanyId };
    const saved = await fields.send(
      () => call(saveProviderConnection, { params: { number: connection.number }, input }),
      missingOf(fields.values, { companyId: strings.companyNeeded }),
    );
    if (saved) await client.invalidateQueries();
  };
  return (
    <div style={{ maxWidth: 460, paddingTop: 6 }}>
      <Form fields={fields} onSubmit={save}>
        <CompanyPicker
          label={strings.company}
          description={strings.stepCompanyHint}
          required
          value={fields.values.companyId}
          known={connection.company}
          onChange={(companyId) => fields.set({ companyId })}
          error={fields.errorOf('companyId')}
        />
        <div style={{ display: 'flex', gap: 12, flexWrap: 'wrap', alignItems: 'center' }}>
          <ActButton
            route={saveProviderConnection}
            type="submit"
            loading={fields.busy}
            move={moveOf(providerConnectionMachine, providerConnectionStates, connection.state, 'company-saved')}
          >
            {connection.state === 'new' ? `${strings.save} / ${strings.getStarted}` : strings.changeCompany}
          </ActButton>
          <span>
            {strings.companyMissing}{' '}
            <Anchor component={Link} to="/companies" inherit>
              {strings.addCompany}
            </Anchor>
          </span>
        </div>
      </Form>
    </div>
  );
}
