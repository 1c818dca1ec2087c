import type { Tone } from './page.tsx';
import css from './state-badge.module.css';

/** A state's words, as its room's state table says them. */
export type StateWords = { readonly label: string; readonly meaning: string; readonly next?: string };

/** A state in a word and a colour; hovering tells its meaning. The colour never says anything the word does not. */
export function StateBadge({ words, tone }: { words: StateWords; tone: Tone }) {
  return (
    <span className={`${css.badge} ${css[tone]}`} title={words.meaning}>
      <i aria-hidden="true" />
      {words.label}
    </span>
  );
}
