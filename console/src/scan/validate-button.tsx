import type { ButtonProps } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type IssueView, validateIssue } from '../../../src/scan/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { messageOf } from '../shell/failure.tsx';
import { strings } from './strings.ts';

type Props = { issue: Pick<IssueView, 'id' | 'status' | 'origin'> } & Pick<ButtonProps, 'size' | 'variant'>;

/** Runs the check of an issue again and says how it went: gone, or still there. */
export function ValidateButton({ issue, ...look }: Props) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const validate = async () => {
    setBusy(true);
    try {
      const { outcome, message } = await call(validateIssue, { params: { id: issue.id } });
      const resolved = outcome === 'resolved';
      notifications.show({
        title: resolved ? strings.resolvedNow : strings.stillThere,
        message,
        color: resolved ? 'green' : 'red',
      });
    } catch (error) {
      notifications.show({ title: strings.validate, message: messageOf(error), color: 'red' });
    }
    setBusy(false);
    await client.invalidateQueries();
  };
  return (
    <ActButton
      route={validateIssue}
      loading={busy}
      hindrance={issue.status === 'resolved' ? strings.alreadyResolved : null}
      onClick={validate}
      {...look}
    >
      {issue.origin === 'error' ? strings.resolveError : strings.validate}
    </ActButton>
  );
}
