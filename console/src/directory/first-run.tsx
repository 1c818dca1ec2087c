import { PasswordInput, TextInput } from '@mantine/core';
import { setUp } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { useAdoptSession } from '../api/session.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings as shared } from '../shell/strings.ts';
import { LonePage } from './lone-page.tsx';
import { strings } from './strings.ts';

/** The first screen of a new instance. */
export function FirstRun() {
  const adopt = useAdoptSession();
  const fields = useFields({ code: '', username: '', name: '', email: '', password: '' });
  const submit = () => {
    const { name, ...needed } = fields.values;
    const input = name.trim() === '' ? needed : { ...needed, name };
    return fields.send(async () => adopt(await call(setUp, { input })));
  };
  return (
    <LonePage title={strings.setupTitle}>
      <p>{strings.setupLead}</p>
      <Form fields={fields} onSubmit={submit} submit={strings.setupCreate}>
        <TextInput label={strings.setupCode} autoFocus autoComplete="one-time-code" {...fields.text('code')} />
        <TextInput label={strings.username} autoComplete="username" {...fields.text('username')} />
        <TextInput label={strings.name} autoComplete="name" {...fields.text('name')} />
        <TextInput label={strings.email} type="email" autoComplete="email" {...fields.text('email')} />
        <PasswordInput
          label={strings.password}
          description={strings.passwordHint}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': shared.showPassword }}
          {...fields.text('password')}
        />
      </Form>
    </LonePage>
  );
}
