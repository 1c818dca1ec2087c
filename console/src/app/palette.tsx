import { TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { useSession } from '../api/session.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { menuFor } from './navigation.ts';
import css from './palette.module.css';
import { strings } from './strings.ts';

type Choice = { title: string; group: string; to: string };

/** Ctrl-K or Cmd-K: type a screen's name or a record's number, press Enter. */
export function Palette() {
  const [open, setOpen] = useState(false);
  useHotkeys([['mod+K', () => setOpen(true)]], []);
  return (
    <Dialog title={strings.palette} open={open} onClose={() => setOpen(false)}>
      <Choices onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function Choices({ onDone }: { onDone: () => void }) {
  const { roles } = useSession();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [marked, setMarked] = useState(0);
  const menu = menuFor(roles, typed.trim().toLowerCase()).flatMap(({ title, entries }) =>
    entries.map((entry) => ({ title: entry.title, group: title, to: entry.to })),
  );
  const choices = [...recordOf(typed.trim().toUpperCase()), ...menu];
  const current = Math.min(marked, choices.length - 1);
  const go = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onDone();
    void navigate({ to: choice.to });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setMarked((current + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === 'Enter') go(choices[current]);
  };
  return (
    <>
      <TextInput
        data-autofocus
        placeholder={strings.paletteHint}
        aria-label={strings.palette}
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={current < 0 ? undefined : `palette-${current}`}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setMarked(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css.list} role="listbox" id="palette" aria-label={strings.palette}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard acts through the field, as a combobox does
          <div
            key={choice.to}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={css.choice}
            onClick={() => go(choice)}
          >
            <span>{choice.title}</span>
            <span className={css.group}>{choice.group}</span>
          </div>
        ))}
        {choices.length === 0 && <p className={css.none}>{strings.paletteNone}</p>}
      </div>
    </>
  );
}

const rooms = { REG: '/registrations', CON: '/consumers', PRC: '/provider-connections' } as const;

/** A record's number opens the record, whether or not it is on any list. */
function recordOf(text: string): Choice[] {
  const [, prefix, digits] = /^(REG|CON|PRC)(\d{7,})$/.exec(text) ?? [];
  if (prefix === undefined || digits === undefined) return [];
  return [{ title: text, group: strings.paletteRecord, to: `${rooms[prefix as keyof typeof rooms]}/${text}` }];
}
