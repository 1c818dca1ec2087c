import { Button, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { exportKeys } from '../../../src/keys/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings } from './strings.ts';

type Exported = OutputOf<typeof exportKeys>;

/** All keys as a file that only a recipient elsewhere opens. */
export function ExportKeys() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <ActButton route={exportKeys} variant="default" onClick={() => setOpen(true)}>
        {strings.exportKeys}
      </ActButton>
      <Dialog title={strings.exportKeys} open={open} onClose={() => setOpen(false)}>
        {open && <ExportForm />}
      </Dialog>
    </>
  );
}

function ExportForm() {
  const [made, setMade] = useState<Exported | null>(null);
  const fields = useFields({ recipient: '', reason: '', confirm: '' });
  if (made !== null) return <Made of={made} />;
  const submit = () => fields.send(async () => setMade(await call(exportKeys, { input: fields.values })));
  return (
    <Form fields={fields} onSubmit={submit} submit={strings.exportKeys}>
      <div>{strings.exportHint}</div>
      <Textarea
        label={strings.recipient}
        description={strings.recipientHint}
        required
        rows={4}
        data-autofocus
        {...fields.text('recipient')}
      />
      <TextInput label={strings.reason} description={strings.exportReasonHint} required {...fields.text('reason')} />
      <TextInput label={strings.confirmExport} required {...fields.text('confirm')} />
    </Form>
  );
}

/** The answer is not kept anywhere: it is a file of this page until the dialog closes. */
function Made({ of: { filename, backup } }: { of: Exported }) {
  const address = `data:application/json,${encodeURIComponent(JSON.stringify(backup))}`;
  return (
    <>
      <p>{strings.exported}</p>
      <Button component="a" href={address} download={filename} data-autofocus>
        {strings.download}
      </Button>
    </>
  );
}
