import { useQueryClient } from '@tanstack/react-query';
import type { CompanyId } from '../../../src/directory/contract.ts';
import type { UserId } from '../../../src/kernel/actor.ts';
import { changeRegistration, type RegistrationView } from '../../../src/provider/contract.ts';
import { call } from '../api/client.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Form, missingOf, useFields } from '../shell/form.tsx';
import { ContactPicker } from './contact-picker.tsx';
import { strings } from './strings.ts';

type Props = { registration: RegistrationView; open: boolean; onClose: () => void };

export function ReplaceContact({ registration, open, onClose }: Props) {
  return (
    <Dialog title={strings.replaceTitle} open={open} onClose={onClose} size="lg">
      <ReplaceForm registration={registration} onClose={onClose} />
    </Dialog>
  );
}

function ReplaceForm({ registration, onClose }: Omit<Props, 'open'>) {
  const client = useQueryClient();
  const fields = useFields<{ contactId: UserId | null; grantConsumerRole: boolean }>({
    contactId: null,
    grantConsumerRole: true,
  });
  const { contactId, grantConsumerRole } = fields.values;
  const save = async () => {
    const input = { contactId: contactId as UserId, grantConsumerRole };
    const saved = await fields.send(
      () => call(changeRegistration, { params: { number: registration.number }, input }),
      missingOf({ contactId }, { contactId: strings.missing.contactId }),
    );
    if (!saved) return;
    onClose();
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={save} submit={strings.replaceContact}>
      <div>{strings.replaceBody}</div>
      <ContactPicker
        companyId={registration.company.id as CompanyId}
        contactId={contactId}
        grantConsumerRole={grantConsumerRole}
        error={fields.errorOf('contactId')}
        onChange={(change) => fields.set(change)}
      />
    </Form>
  );
}
