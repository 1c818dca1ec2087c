import { Link } from '@tanstack/react-router';
import { anyOf } from '../../../src/kernel/role.ts';
import { readSettings } from '../../../src/platform/config/contract.ts';
import { useRead } from '../api/queries.ts';
import { Facts } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Card, Page } from '../shell/page.tsx';
import { Sheet } from '../shell/table.tsx';
import { strings } from './strings.ts';

/** What is in force, with the variable that changes it. Read-only: nothing here can be changed while the instance runs. */
export function Settings() {
  const answer = useRead(readSettings, {});
  const settings = answer.data;
  return (
    <Guarded permission={anyOf('admin')} title={strings.settings}>
      <Page title={strings.settings} lead={strings.lead}>
        <Unread answer={answer} />
        {settings && (
          <Card title={strings.instance}>
            <Facts
              facts={[
                { label: strings.name, value: settings.name },
                { label: strings.kind, value: strings.kinds[settings.kind] },
                { label: strings.version, value: settings.version },
                { label: strings.mail, value: settings.mailOn ? strings.on : strings.off },
                { label: strings.address, value: settings.publicUrl ?? strings.noAddress },
                { label: strings.identity, value: settings.instanceId && <code>{settings.instanceId}</code> },
              ]}
            />
            <p style={{ marginBottom: 0 }}>
              {strings.tests} <Link to="/health/suites">{strings.toChecks}</Link>
            </p>
          </Card>
        )}
        {settings?.settings && (
          <Card title={strings.configuration} flush>
            <Sheet
              caption={strings.configuration}
              items={settings.settings}
              keyOf={({ variable }) => variable}
              columns={[
                { title: strings.variable, cell: ({ variable }) => <code>{variable}</code>, width: '320px' },
                { title: strings.value, cell: ({ value }) => value ?? strings.notSet },
                { title: strings.meaning, cell: ({ meaning }) => meaning },
              ]}
            />
          </Card>
        )}
      </Page>
    </Guarded>
  );
}
