import { useState } from 'react';
import {
  actOnKey,
  type KeyAction,
  type KeyState,
  keyActions,
  keyMachine,
  keyStateLabel,
} from '../../../src/keys/contract.ts';
import { ActButton } from '../shell/act-button.tsx';
import { moveOf } from '../shell/move.ts';
import { Notice, type Tone } from '../shell/page.tsx';
import { StateBadge, type StateWords } from '../shell/state-badge.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { Sheet } from '../shell/table.tsx';
import { type KeyAsk, KeyDialog } from './key-dialog.tsx';
import css from './keys.module.css';
import type { ModuleDetails } from './module-detail.tsx';
import { strings } from './strings.ts';

const tones: Record<KeyState, Tone> = {
  generated: 'busy',
  active: 'good',
  suspended: 'warn',
  deactivated: 'idle',
  compromised: 'bad',
  destroyed: 'idle',
};

const stateWords = Object.fromEntries(
  Object.entries(keyStateLabel).map(([state, label]) => [
    state,
    { label, meaning: strings.stateMeanings[state as KeyState] },
  ]),
) as Record<KeyState, StateWords>;

/** Versions newest first; each offers what its state allows. */
export function KeyVersions({ module }: { module: ModuleDetails }) {
  const [ask, setAsk] = useState<KeyAsk | null>(null);
  if (module.keys.length === 0) return <Notice title={strings.noKeys}>{strings.generateHint}</Notice>;
  return (
    <>
      <Sheet
        caption={strings.keys}
        items={module.keys}
        keyOf={({ kid }) => kid}
        columns={[
          {
            title: strings.version,
            cell: ({ version, kid }) => (
              <span title={kid}>
                <strong>{strings.versionOf(version)}</strong>
              </span>
            ),
          },
          { title: strings.state, cell: ({ state }) => <StateBadge words={stateWords[state]} tone={tones[state]} /> },
          { title: strings.dates, free: true, cell: (key) => <Dates of={key} /> },
          { title: strings.reason, free: true, cell: ({ reason }) => reason ?? shared.none },
          {
            title: strings.actions,
            free: true,
            cell: ({ version, state }) => (
              <div className={css.actions}>
                {keyActions
                  .filter((action) => action in keyMachine[state])
                  .map((action: KeyAction) => (
                    <ActButton
                      key={action}
                      route={actOnKey}
                      size="xs"
                      variant="default"
                      move={moveOf(keyMachine, stateWords, state, action)}
                      onClick={() => setAsk({ module: module.name, action, version })}
                    >
                      {strings.actionNames[action]}
                    </ActButton>
                  ))}
              </div>
            ),
          },
        ]}
      />
      <KeyDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  );
}

type Key = ModuleDetails['keys'][number];

/** Dates reached, in the order of a key's life, then those that are planned. */
function Dates({ of: key }: { of: Key }) {
  const dates: [string, string | null][] = [
    [strings.generated, key.generatedAt],
    [strings.activated, key.activatedAt],
    [strings.renewed, key.renewedAt],
    [strings.suspended, key.suspendedAt],
    [strings.ended, key.destroyedAt ?? key.compromisedAt ?? key.deactivatedAt],
    [strings.due, key.planned.rotationAt],
    [strings.destruction, key.planned.destructionAt],
  ];
  return (
    <dl className={css.dates}>
      {dates.map(([name, at]) =>
        at === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{when(at)}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
