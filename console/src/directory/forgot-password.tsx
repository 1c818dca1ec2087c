import { Anchor, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { forgotPassword } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { useSessionAnswer } from '../api/session.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Banner } from '../shell/page.tsx';
import { LonePage } from './lone-page.tsx';
import { strings } from './strings.ts';

export function ForgotPassword() {
  const session = useSessionAnswer();
  const fields = useFields({ usernameOrEmail: '' });
  const [sent, setSent] = useState(false);
  const submit = async () => {
    if (await fields.send(() => call(forgotPassword, { input: fields.values }))) setSent(true);
  };
  return (
    <LonePage title={strings.forgotTitle}>
      {session.data?.mailOn === false ? (
        <p>{strings.forgotMailOff}</p>
      ) : sent ? (
        <Banner tone="good" title={strings.forgotDone} />
      ) : (
        <>
          <p>{strings.forgotLead}</p>
          <Form fields={fields} onSubmit={submit} submit={strings.forgotSend}>
            <TextInput label={strings.usernameOrEmail} autoComplete="username" {...fields.text('usernameOrEmail')} />
          </Form>
        </>
      )}
      <Anchor component={Link} to="/">
        {strings.backToSignIn}
      </Anchor>
    </LonePage>
  );
}
