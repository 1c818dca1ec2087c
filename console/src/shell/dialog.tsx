import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { Form, useFields } from './form.tsx';
import { strings } from './strings.ts';

type DialogProps = { title: string; open: boolean; onClose: () => void; size?: string; children: ReactNode };

/** A question or a short form on top of a screen. Escape closes it; the focus goes back to where it came from. */
export function Dialog({ title, open, onClose, size = 'md', children }: DialogProps) {
  return (
    <Modal.Root opened={open} onClose={onClose} size={size}>
      <Modal.Overlay />
      <Modal.Content>
        {/* The library makes it a <header>, which outside an article is a second banner of the page. */}
        <Modal.Header role="none">
          <Modal.Title fw={600} fz="lg">
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label={strings.close} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

type ConfirmProps = Omit<DialogProps, 'children'> & {
  /** What will happen, and what can not be undone. */
  children: ReactNode;
  confirm: string;
  danger?: boolean;
  action: () => Promise<unknown>;
};

/** Asks once more before something that cannot be taken back. */
export function Confirm({ children, confirm, danger = false, action, ...dialog }: ConfirmProps) {
  const fields = useFields({});
  const submit = async () => {
    if (await fields.send(action)) dialog.onClose();
  };
  return (
    <Dialog {...dialog}>
      <Form fields={fields} onSubmit={submit}>
        <div>{children}</div>
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end', flexWrap: 'wrap' }}>
          <Button variant="default" onClick={dialog.onClose}>
            {strings.close}
          </Button>
          <Button type="submit" loading={fields.busy} {...(danger && { color: 'red' })}>
            {confirm}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
