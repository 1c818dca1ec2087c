import { PasswordInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { unseal } from '../../../src/keys/contract.ts';
import { call } from '../api/client.ts';
import { Form, useFields } from '../shell/form.tsx';
import { Card } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import { strings } from './strings.ts';

const shown = {
  required: true,
  autoComplete: 'off',
  visibilityToggleButtonProps: { 'aria-label': shared.showPassword },
} as const;

/** The root key of this instance is a passphrase, or is to become one: somebody has to type it. */
export function Unseal({ wanted }: { wanted: 'present' | 'new' }) {
  const client = useQueryClient();
  const fields = useFields({ passphrase: '', repeat: '' });
  const submit = async () => {
    const { passphrase, repeat } = fields.values;
    const input = { passphrase, ...(wanted === 'new' && { repeat }) };
    if (await fields.send(() => call(unseal, { input }))) await client.invalidateQueries();
  };
  return (
    <Card title={strings.unseal}>
      <Form fields={fields} onSubmit={submit} submit={strings.unseal}>
        <div>{strings.unsealHints[wanted]}</div>
        <PasswordInput label={strings.passphrase} {...shown} {...fields.text('passphrase')} />
        {wanted === 'new' && <PasswordInput label={strings.repeat} {...shown} {...fields.text('repeat')} />}
      </Form>
    </Card>
  );
}
