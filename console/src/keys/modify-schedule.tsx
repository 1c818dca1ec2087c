import { NumberInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeSchedule } from '../../../src/keys/contract.ts';
import { call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import type { ModuleDetails } from './module-detail.tsx';
import { strings } from './strings.ts';

/** How long keys of a module are in use, within what the module allows. */
export function ModifySchedule({ module }: { module: ModuleDetails }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <ActButton route={changeSchedule} variant="default" onClick={() => setOpen(true)}>
        {strings.modifySchedule}
      </ActButton>
      <Dialog title={strings.modifySchedule} open={open} onClose={() => setOpen(false)}>
        {open && <ScheduleForm module={module} onClose={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function ScheduleForm({ module, onClose }: { module: ModuleDetails; onClose: () => void }) {
  const { name, activeDays, usualDays, shortestDays, longestDays } = module;
  const client = useQueryClient();
  const fields = useFields({ activeDays: activeDays as number | string, reason: '' });
  const submit = async () => {
    const { activeDays: days, reason } = fields.values;
    const send = () => call(changeSchedule, { params: { name }, input: { activeDays: Number(days), reason } });
    if (!(await fields.send(send))) return;
    onClose();
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={submit} submit={strings.modifySchedule}>
      <div>{strings.scheduleHint}</div>
      <NumberInput
        label={strings.rotatesAfterDays}
        description={strings.scheduleBounds(shortestDays, longestDays, usualDays)}
        required
        allowDecimal={false}
        allowNegative={false}
        data-autofocus
        name="activeDays"
        value={fields.values.activeDays}
        error={fields.errorOf('activeDays')}
        onChange={(value) => fields.set({ activeDays: value })}
      />
      <TextInput label={strings.reason} description={strings.exportReasonHint} required {...fields.text('reason')} />
    </Form>
  );
}
