import { Anchor, PasswordInput, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { signIn } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { useAdoptSession } from '../api/session.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings as shared } from '../shell/strings.ts';
import { LonePage } from './lone-page.tsx';
import { strings } from './strings.ts';

/** Shown in place of any screen while nobody is signed in, so that the address survives signing in. */
export function SignIn({ mailOn, hint }: { mailOn: boolean; hint?: string | null }) {
  const adopt = useAdoptSession();
  const fields = useFields({ username: '', password: '' });
  const submit = () => fields.send(async () => adopt(await call(signIn, { input: fields.values })));
  return (
    <LonePage title={strings.signInTitle}>
      {hint && <p>{hint}</p>}
      <Form fields={fields} onSubmit={submit} submit={strings.signIn}>
        <TextInput label={strings.username} autoComplete="username" autoFocus {...fields.text('username')} />
        <PasswordInput
          label={strings.password}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': shared.showPassword }}
          {...fields.text('password')}
        />
      </Form>
      {mailOn && (
        <Anchor component={Link} to="/forgot-password">
          {strings.forgot}
        </Anchor>
      )}
    </LonePage>
  );
}
