import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { changeCompany, type companyOutput, createCompany } from '../../../src/directory/contract.ts';
import { call } from '../api/client.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { strings as shared } from '../shell/strings.ts';
import { strings } from './strings.ts';

export type Company = z.output<typeof companyOutput>;

type Props = { company?: Company; open: boolean; onClose: () => void; onSaved?: (company: Company) => void };

export function CompanyDialog({ company, open, onClose, onSaved }: Props) {
  return (
    <Dialog title={company ? strings.editCompany : strings.newCompany} open={open} onClose={onClose}>
      <CompanyForm {...(company && { company })} {...(onSaved && { onSaved })} onClose={onClose} />
    </Dialog>
  );
}

function CompanyForm({ company, onClose, onSaved }: Omit<Props, 'open'>) {
  const client = useQueryClient();
  const fields = useFields({ name: company?.name ?? '' });
  const submit = async () => {
    const saved = await fields.send(async () => {
      const answer = company
        ? await call(changeCompany, { params: { id: company.id }, input: fields.values })
        : await call(createCompany, { input: fields.values });
      onSaved?.(answer);
    });
    if (!saved) return;
    onClose();
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={submit} submit={shared.save}>
      <TextInput label={strings.companyName} data-autofocus required {...fields.text('name')} />
    </Form>
  );
}
