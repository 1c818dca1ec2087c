import type { ReactNode } from 'react';
import css from './detail.module.css';
import { Icon, type IconName } from './icon.tsx';
import { Card, Page, type Tone } from './page.tsx';
import { strings, whenExactly } from './strings.ts';

type DetailProps = {
  number: string;
  parent: { to: string; title: string };
  badge?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  banner?: ReactNode;
  /** What is on record, in the order people look for it. */
  facts: readonly Fact[];
  factsTitle: string;
  /** Beside the rest where there is room, below it where there is not. */
  activity?: ReactNode;
  /** What is to be done now, before what is on record. */
  first?: ReactNode;
  children?: ReactNode;
};

/** A wide fact takes a line of its own; its hint stands below it. */
export type Fact = { label: string; value: ReactNode; hint?: string; wide?: boolean };

/** One record: number and state on top, what is the matter below, then facts, progress and activity. */
export function Detail(props: DetailProps) {
  const { number, parent, badge, lead, actions, banner, facts, factsTitle, activity, first, children } = props;
  const main = (
    <div className={css.column}>
      {first}
      <Card title={factsTitle}>
        <Facts facts={facts} />
      </Card>
      {children}
    </div>
  );
  return (
    <Page
      title={number}
      parent={parent}
      badge={badge}
      lead={lead}
      actions={actions}
      width={activity ? 'wide' : 'normal'}
    >
      {banner}
      {activity ? (
        <div className={css.columns}>
          {main}
          <div className={css.column}>{activity}</div>
        </div>
      ) : (
        main
      )}
    </Page>
  );
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(({ label, value, hint, wide }) => (
        <div key={label} {...(wide && { 'data-wide': true })}>
          <dt>{label}</dt>
          <dd>
            {value ?? strings.none}
            {hint !== undefined && <div className={css.hint}>{hint}</div>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export type Step = { key: string; title: string; tone: Tone; state: string; at?: string | null; body?: ReactNode };

const stepIcon: Record<Tone, IconName> = { good: 'check', bad: 'cross', busy: 'refresh', warn: 'warning', idle: 'dot' };

/** Things that happen one after another, or checks side by side: each with its mark, its words and its time. */
export function Steps({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <ol className={css.steps} aria-label={label}>
      {steps.map(({ key, title, tone, state, at, body }) => (
        <li key={key}>
          <span className={css.mark} data-tone={tone}>
            <Icon name={stepIcon[tone]} size={12} />
          </span>
          <span className={css.stepTitle}>{title}</span>
          <span className={css.stepTime}>{at ? <time dateTime={at}>{whenExactly(at)}</time> : state}</span>
          {at && <span className="unseen">{state}</span>}
          {body && <div className={css.stepBody}>{body}</div>}
        </li>
      ))}
    </ol>
  );
}
