import type { z } from 'zod';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { listDecisions, listModules, type moduleView } from '../../../src/keys/contract.ts';
import { Guarded } from '../shell/failure.tsx';
import { Card, Page } from '../shell/page.tsx';
import { strings as shared, whenExactly } from '../shell/strings.ts';
import { RowLink, Table } from '../shell/table.tsx';
import { ExportKeys } from './export-keys.tsx';
import { KeyAge } from './key-age.tsx';
import { strings } from './strings.ts';

type Module = z.output<typeof moduleView>;
type Decision = OutputOf<typeof listDecisions>['items'][number];

export function Modules() {
  return (
    <Guarded permission={listModules.permission} title={strings.modules}>
      <Page title={strings.modules} lead={strings.modulesLead} width="wide" actions={<ExportKeys />}>
        <Table<Module>
          caption={strings.modules}
          route={listModules}
          keyOf={({ name }) => name}
          empty={{ title: strings.noModules, hint: strings.modulesLead }}
          columns={[
            {
              title: strings.module,
              cell: ({ name, label }) => <RowLink to={`/key-management/modules/${name}`}>{label}</RowLink>,
            },
            { title: strings.purpose, cell: ({ purpose }) => purpose },
            { title: strings.algorithm, cell: ({ algorithm }) => <code>{algorithm}</code> },
            { title: strings.activeVersion, cell: ({ activeVersion }) => activeVersion ?? strings.noActive },
            { title: strings.rotatesAfter, cell: ({ activeDays }) => strings.days(activeDays) },
            {
              title: strings.onboarding,
              cell: ({ requiredForOnboarding }) => (requiredForOnboarding ? strings.required : shared.none),
            },
          ]}
        />
        <KeyAge />
        <Card title={strings.decisions} flush>
          <Table<Decision>
            bare
            caption={strings.decisions}
            route={listDecisions}
            keyOf={({ at, subject, module, operation, reason }) => `${at}${subject}${module}${operation}${reason}`}
            empty={{ title: strings.noDecisions, hint: strings.policiesLead }}
            columns={[
              { title: strings.at, cell: ({ at }) => whenExactly(at), width: '190px' },
              { title: strings.subject, cell: ({ subject }) => subject },
              { title: strings.module, cell: ({ module }) => module },
              { title: strings.operation, cell: ({ operation }) => operation },
              { title: strings.outcome, cell: ({ outcome }) => strings.outcomes[outcome] },
              { title: strings.reason, cell: ({ reason }) => reason },
              { title: strings.consulted, cell: ({ policies }) => policies.join(', ') || shared.none },
              { title: strings.times, cell: ({ count }) => count, width: '70px' },
            ]}
          />
        </Card>
      </Page>
    </Guarded>
  );
}
