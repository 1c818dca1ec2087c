import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import css from './detail.module.css';
import { strings } from './strings.ts';

/** About ten lines: more would push everything else off the screen. */
const SHOWN_CHARACTERS = 700;

/** Text that somebody wrote, whatever its length: line breaks kept, the rest of it one press away. */
export function LongText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > SHOWN_CHARACTERS;
  return (
    <div className={css.text}>
      {long && !open ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}
      {long && (
        <div>
          <UnstyledButton className={css.more} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? strings.showLess : strings.showAll(text.length)}
          </UnstyledButton>
        </div>
      )}
    </div>
  );
}
