import { useState } from 'react';
import { createSignInLink } from '../../../src/directory/contract.ts';
import type { UserId } from '../../../src/kernel/actor.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { CopyField } from '../shell/copy-field.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Refusal } from '../shell/failure.tsx';
import { Banner } from '../shell/page.tsx';
import { strings } from './strings.ts';

type Answer = OutputOf<typeof createSignInLink>;

/** Makes a one-time sign-in link: mailed where mail is on, else shown once to be handed over. */
export function SignInLinkButton({ id, active = true }: { id: UserId; active?: boolean }) {
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const open = answer !== null || refusal !== null;
  const make = async () => {
    setBusy(true);
    await call(createSignInLink, { params: { id } }).then(setAnswer, setRefusal);
    setBusy(false);
  };
  const close = () => {
    setAnswer(null);
    setRefusal(null);
  };
  return (
    <>
      <ActButton
        route={createSignInLink}
        variant="default"
        loading={busy}
        hindrance={active ? null : strings.personInactiveMeaning}
        onClick={make}
      >
        {strings.signInLink}
      </ActButton>
      <Dialog title={strings.signInLink} open={open} onClose={close}>
        <Refusal error={refusal} />
        {answer?.link ? (
          <div style={{ display: 'grid', gap: 12 }}>
            <Banner tone="warn" title={strings.signInLinkOnce} />
            <CopyField value={answer.link} label={strings.signInLink} />
          </div>
        ) : (
          answer && <Banner tone="good" title={strings.signInLinkMailed} />
        )}
      </Dialog>
    </>
  );
}
