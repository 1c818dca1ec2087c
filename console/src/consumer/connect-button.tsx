import { useState } from 'react';
import {
  connectToProvider,
  type ProviderConnectionView,
  providerConnectionMachine,
  providerConnectionStates,
} from '../../../src/consumer/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Refusal } from '../shell/failure.tsx';
import { moveOf } from '../shell/move.ts';
import { strings } from './strings.ts';

/** Starts an attempt and goes to the provider's consent page. */
export function ConnectButton({ connection }: { connection: ProviderConnectionView }) {
  const { number, state, contact, attempt } = connection;
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  // While the consent is given nobody should start another attempt by habit; before it, opening the page again is right.
  const underWay =
    state === 'connecting' && attempt !== null && attempt.step !== 'authorising' && attempt.step !== 'greeting';
  const connect = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      const { authorizationUrl } = await call(connectToProvider, { params: { number } });
      location.assign(authorizationUrl);
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <div style={{ display: 'grid', gap: 10, paddingTop: 6, justifyItems: 'start' }}>
      <span>{strings.connectHint(contact)}</span>
      <Refusal error={refusal} />
      {!underWay && (
        <ActButton
          route={connectToProvider}
          loading={busy}
          variant={state === 'connecting' ? 'default' : 'filled'}
          move={moveOf(providerConnectionMachine, providerConnectionStates, state, 'connect')}
          onClick={connect}
        >
          {state === 'connecting' ? strings.connectAgain : strings.connect}
        </ActButton>
      )}
    </div>
  );
}
