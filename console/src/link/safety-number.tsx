import css from './link.module.css';

/** 60 digits in groups of five, laid out to be read aloud. */
export function SafetyNumber({ digits }: { digits: string }) {
  const groups = digits.replace(/\s+/g, '').match(/.{1,5}/g) ?? [];
  return (
    <code className={css.safety} title={digits}>
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups may be equal and never move
        <span key={index}>{group} </span>
      ))}
    </code>
  );
}
