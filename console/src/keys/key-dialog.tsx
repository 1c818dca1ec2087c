import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { actOnKey, generateKey, type KeyAction, rotateInOrder } from '../../../src/keys/contract.ts';
import { call } from '../api/client.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings } from './strings.ts';

export type KeyAsk =
  | { module: string; action: 'generate' | 'rotate-in-order' }
  | { module: string; action: KeyAction; version: number };

/** Nothing happens to a key without a reason on record. */
export function KeyDialog({ ask, onClose }: { ask: KeyAsk | null; onClose: () => void }) {
  const title = ask === null ? '' : 'version' in ask ? strings.askTitle(nameOf(ask), ask.version) : nameOf(ask);
  return (
    <Dialog title={title} open={ask !== null} onClose={onClose}>
      {ask !== null && <KeyForm ask={ask} onClose={onClose} />}
    </Dialog>
  );
}

const ofModule = {
  generate: { name: strings.generate, hint: strings.generateHint },
  'rotate-in-order': { name: strings.rotateInOrder, hint: strings.rotateInOrderHint },
} as const;
const nameOf = (ask: KeyAsk): string =>
  'version' in ask ? strings.actionNames[ask.action] : ofModule[ask.action].name;
const hintOf = (ask: KeyAsk): string =>
  'version' in ask ? strings.actionHints[ask.action] : ofModule[ask.action].hint;

function KeyForm({ ask, onClose }: { ask: KeyAsk; onClose: () => void }) {
  const client = useQueryClient();
  const fields = useFields({ reason: '', confirm: '' });
  const { reason, confirm } = fields.values;
  const act = async (): Promise<unknown> => {
    if (!('version' in ask)) {
      const route = ask.action === 'generate' ? generateKey : rotateInOrder;
      return call(route, { params: { name: ask.module }, input: { reason } });
    }
    return call(actOnKey, {
      params: { name: ask.module, version: ask.version, action: ask.action },
      input: { reason, ...(ask.action === 'destroy' && { confirm }) },
    });
  };
  const submit = async () => {
    if (!(await fields.send(act))) return;
    onClose();
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={submit} submit={nameOf(ask)}>
      <div>{hintOf(ask)}</div>
      <TextInput
        label={strings.reason}
        description={strings.reasonHint}
        required
        data-autofocus
        {...fields.text('reason')}
      />
      {ask.action === 'destroy' && <TextInput label={strings.confirmDestroy} required {...fields.text('confirm')} />}
    </Form>
  );
}
