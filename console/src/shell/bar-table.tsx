import css from './bar-table.module.css';
import type { Tone } from './page.tsx';

export type Bar = {
  key: string;
  label: string;
  parts: readonly { key: string; tone: Tone; value: number }[];
  words: string;
};

/** Wide enough for a percent of it to be drawn, whatever the width on screen. */
const WIDTH = 1_000;
const HEIGHT = 12;

/**
 * A bar chart whose text is its own table: screen readers and eyes read the same numbers, and no colour says anything the
 * words do not. `most` is what a whole bar stands for.
 */
export function BarTable({ caption, bars, most }: { caption: string; bars: readonly Bar[]; most: number }) {
  return (
    <table className={css.bars}>
      <caption className="unseen">{caption}</caption>
      <tbody>
        {bars.map(({ key, label, parts, words }) => (
          <tr key={key}>
            <th scope="row">{label}</th>
            <td className={css.track} aria-hidden="true">
              <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect className={css.ground} width={WIDTH} height={HEIGHT} />
                {placed(parts, most).map(({ key: part, tone, from, width }) => (
                  <rect key={part} className={css[tone]} x={from} width={width} height={HEIGHT} />
                ))}
              </svg>
            </td>
            <td className={css.words}>{words}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function placed(parts: Bar['parts'], most: number) {
  let from = 0;
  return parts.map(({ key, tone, value }) => {
    const width = Math.min(WIDTH - from, (Math.max(0, value) / Math.max(most, 1)) * WIDTH);
    const place = { key, tone, from, width };
    from += width;
    return place;
  });
}
