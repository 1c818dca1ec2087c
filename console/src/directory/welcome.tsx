import { Anchor, PasswordInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { signInByLink } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { forgetFragment, keptFragment } from '../api/fragment.ts';
import { useAdoptSession } from '../api/session.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings as shared } from '../shell/strings.ts';
import { LonePage } from './lone-page.tsx';
import { strings } from './strings.ts';

export const WELCOME_PATH = '/welcome';

/** Where a one-time sign-in link leads. The link is spent by the button, not by opening it. */
export function Welcome() {
  const adopt = useAdoptSession();
  const navigate = useNavigate();
  const fields = useFields({ password: '' });
  const token = new URLSearchParams(keptFragment(WELCOME_PATH) ?? '').get('t');
  const submit = async () => {
    const input = { token: token ?? '', password: fields.values.password };
    const entered = await fields.send(async () => adopt(await call(signInByLink, { input })));
    if (!entered) return;
    forgetFragment(WELCOME_PATH);
    await navigate({ to: '/' });
  };
  return (
    <LonePage title={strings.welcomeTitle}>
      {token === null ? (
        <>
          <p>{strings.welcomeNoToken}</p>
          <Anchor component={Link} to="/">
            {strings.backToSignIn}
          </Anchor>
        </>
      ) : (
        <>
          <p>{strings.welcomeLead}</p>
          <Form fields={fields} onSubmit={submit} submit={strings.welcomeSet}>
            <PasswordInput
              label={strings.newPassword}
              description={strings.passwordHint}
              autoComplete="new-password"
              autoFocus
              visibilityToggleButtonProps={{ 'aria-label': shared.showPassword }}
              {...fields.text('password')}
            />
          </Form>
        </>
      )}
    </LonePage>
  );
}
