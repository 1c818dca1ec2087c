import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  cancelRegistration,
  changeRegistration,
  type RegistrationView,
  regenerateLink,
  registrationMachine,
  registrationStates,
  retryRegistration,
} from '../../../src/provider/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Confirm } from '../shell/dialog.tsx';
import { Refusal } from '../shell/failure.tsx';
import { moveOf } from '../shell/move.ts';
import { ReplaceContact } from './replace-contact.tsx';
import { strings } from './strings.ts';

type Question = 'cancel' | 'regenerate' | 'replace' | null;

/** What can be done with a registration; each button knows from the state table when. */
export function RegistrationActions({ registration }: { registration: RegistrationView }) {
  const { number, state } = registration;
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const params = { number };
  const close = () => setQuestion(null);
  type Event = 'contact-replaced' | 'regenerate-link' | 'cancel';
  const move = (event: Event) => moveOf(registrationMachine, registrationStates, state, event);
  const run = async (action: () => Promise<unknown>) => {
    setRefusal(null);
    await action();
    await client.invalidateQueries();
  };
  const closed = Object.keys(registrationMachine[state]).length === 0;
  return (
    <>
      <ActButton
        route={retryRegistration}
        variant="default"
        hindrance={closed ? strings.nothingToRetry : null}
        onClick={() => void run(() => call(retryRegistration, { params })).catch(setRefusal)}
      >
        {strings.retry}
      </ActButton>
      <ActButton
        route={changeRegistration}
        variant="default"
        move={move('contact-replaced')}
        onClick={() => setQuestion('replace')}
      >
        {strings.replaceContact}
      </ActButton>
      <ActButton
        route={regenerateLink}
        variant="default"
        move={move('regenerate-link')}
        onClick={() => setQuestion('regenerate')}
      >
        {strings.regenerate}
      </ActButton>
      <ActButton
        route={cancelRegistration}
        variant="default"
        move={move('cancel')}
        onClick={() => setQuestion('cancel')}
      >
        {strings.cancel}
      </ActButton>
      {refusal !== null && <Refusal error={refusal} />}
      <Confirm
        title={strings.regenerateTitle}
        open={question === 'regenerate'}
        onClose={close}
        confirm={strings.regenerate}
        action={() => run(() => call(regenerateLink, { params }))}
      >
        {strings.regenerateBody}
      </Confirm>
      <Confirm
        title={strings.cancelTitle(number)}
        open={question === 'cancel'}
        onClose={close}
        confirm={strings.cancel}
        danger
        action={() => run(() => call(cancelRegistration, { params }))}
      >
        {strings.cancelBody}
      </Confirm>
      <ReplaceContact registration={registration} open={question === 'replace'} onClose={close} />
    </>
  );
}
