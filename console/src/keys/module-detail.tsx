import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { generateKey, listModules, readModule, rotateInOrder } from '../../../src/keys/contract.ts';
import { useRead } from '../api/queries.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Detail } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Card, Notice, Page, type Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { Sheet } from '../shell/table.tsx';
import { type KeyAsk, KeyDialog } from './key-dialog.tsx';
import { KeyVersions } from './key-versions.tsx';
import { ModifySchedule } from './modify-schedule.tsx';
import { strings } from './strings.ts';

export type ModuleDetails = OutputOf<typeof readModule>;

const phaseTones: Record<ModuleDetails['rotations'][number]['phase'], Tone> = {
  observing: 'busy',
  draining: 'busy',
  retired: 'good',
  stopped: 'idle',
};

const parent = { to: '/key-management/modules', title: strings.modules };

/** One module: its key versions and who may use it. */
export function ModuleDetail() {
  const { name } = useParams({ strict: false }) as { name: string };
  const answer = useRead(readModule, { params: { name } }, { every: 15_000 });
  const [ask, setAsk] = useState<KeyAsk | null>(null);
  const module = answer.data;
  return (
    <Guarded permission={listModules.permission} title={strings.modules}>
      {module === undefined ? (
        <Page title={strings.module} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={module.label}
          parent={parent}
          actions={
            <>
              <ActButton
                route={rotateInOrder}
                onClick={() => setAsk({ module: module.name, action: 'rotate-in-order' })}
              >
                {strings.rotateInOrder}
              </ActButton>
              <ActButton
                route={generateKey}
                variant="default"
                onClick={() => setAsk({ module: module.name, action: 'generate' })}
              >
                {strings.generate}
              </ActButton>
              <ModifySchedule module={module} />
            </>
          }
          factsTitle={strings.module}
          facts={[
            { label: strings.purpose, value: module.purpose },
            { label: strings.algorithm, value: <code>{module.algorithm}</code> },
            { label: strings.activeVersion, value: module.activeVersion ?? strings.noActive },
            { label: strings.rotatesAfter, value: strings.days(module.activeDays) },
            { label: strings.longest, value: strings.days(module.longestDays) },
            { label: strings.keyClass, value: module.class },
            {
              label: strings.onboarding,
              value: module.requiredForOnboarding ? strings.required : shared.none,
            },
          ]}
        >
          <Card title={strings.keys} flush>
            <KeyVersions module={module} />
          </Card>
          <Rotations rotations={module.rotations} />
          <Policies policies={module.policies} />
          <KeyDialog ask={ask} onClose={() => setAsk(null)} />
        </Detail>
      )}
    </Guarded>
  );
}

function Rotations({ rotations }: Pick<ModuleDetails, 'rotations'>) {
  return (
    <Card title={strings.rotations} flush>
      {rotations.length === 0 ? (
        <Notice title={strings.noRotations}>{strings.rotationsLead}</Notice>
      ) : (
        <Sheet
          caption={strings.rotations}
          items={rotations}
          keyOf={({ startedAt, to }) => startedAt + to}
          columns={[
            { title: strings.version, cell: ({ from, to }) => strings.fromTo(from, to) },
            {
              title: strings.phase,
              cell: ({ phase }) => <StateBadge words={strings.phases[phase]} tone={phaseTones[phase]} />,
            },
            { title: strings.started, cell: ({ startedAt }) => when(startedAt) },
            { title: strings.promoted, cell: ({ promotedAt }) => when(promotedAt) },
            { title: strings.ended, cell: ({ endedAt }) => when(endedAt) },
            { title: strings.resealed, cell: ({ resealed, remaining }) => strings.ofAll(resealed, remaining) },
            { title: strings.reason, cell: ({ reason }) => reason },
          ]}
        />
      )}
    </Card>
  );
}

function Policies({ policies }: Pick<ModuleDetails, 'policies'>) {
  return (
    <Card title={strings.policies} flush>
      {policies.length === 0 ? (
        <Notice title={strings.noPolicies}>{strings.policiesLead}</Notice>
      ) : (
        <Sheet
          caption={strings.policies}
          items={policies}
          keyOf={({ subject, operations, effect }) => subject + operations.join() + effect}
          columns={[
            { title: strings.subject, cell: ({ subject }) => <code>{subject}</code> },
            { title: strings.operations, cell: ({ operations }) => operations.join(', ') },
            { title: strings.effect, cell: ({ effect }) => strings.effects[effect] },
            { title: strings.until, cell: ({ expiresAt }) => (expiresAt === null ? strings.forever : when(expiresAt)) },
          ]}
        />
      )}
    </Card>
  );
}
