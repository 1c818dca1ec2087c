import { Textarea } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { importRegistrationLink } from '../../../src/consumer/contract.ts';
import { call } from '../api/client.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings } from './strings.ts';

/** For a link that came by chat or by phone rather than as something to press. */
export function PasteLink({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title={strings.pasteTitle} open={open} onClose={onClose} size="lg">
      <PasteForm />
    </Dialog>
  );
}

function PasteForm() {
  const navigate = useNavigate();
  const fields = useFields({ code: '' });
  const submit = () =>
    fields.send(async () => {
      const { number } = await call(importRegistrationLink, { input: fields.values });
      await navigate({ to: `/provider-connections/${number}` });
    });
  return (
    <Form fields={fields} onSubmit={submit} submit={strings.import}>
      <Textarea
        label={strings.pasteLabel}
        description={strings.pasteHint}
        autosize
        minRows={4}
        maxRows={8}
        required
        data-autofocus
        spellCheck={false}
        autoComplete="off"
        {...fields.text('code')}
      />
    </Form>
  );
}
