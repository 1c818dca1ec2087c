import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ProviderConnectionView, retryProviderConnection } from '../../../src/consumer/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Refusal } from '../shell/failure.tsx';
import { strings } from './strings.ts';

export function ProviderConnectionActions({ connection: { number, state } }: { connection: ProviderConnectionView }) {
  const client = useQueryClient();
  const [refusal, setRefusal] = useState<unknown>(null);
  const retry = async () => {
    setRefusal(null);
    await call(retryProviderConnection, { params: { number } }).catch(setRefusal);
    await client.invalidateQueries();
  };
  const idle = state === 'new' || state === 'onboarded';
  return (
    <>
      <ActButton
        route={retryProviderConnection}
        variant="default"
        hindrance={idle ? strings.nothingToRetry : null}
        onClick={retry}
      >
        {strings.retry}
      </ActButton>
      <Refusal error={refusal} />
    </>
  );
}
