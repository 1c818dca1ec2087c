import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from './icon.tsx';
import css from './page.module.css';
import { SameByApi } from './same-by-api.tsx';
import { strings } from './strings.ts';

type PageProps = {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  /** The list this record came from. */
  parent?: { to: string; title: string };
  width?: 'narrow' | 'normal' | 'wide';
  /** Beside the title: a number's state badge. */
  badge?: ReactNode;
  children: ReactNode;
};

/** The frame of every screen. Takes the focus to its heading, so that a screen reader hears where it is. */
export function Page({ title, lead, actions, parent, width = 'normal', badge, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${strings.product}`;
    if (document.activeElement === null || document.activeElement === document.body) heading.current?.focus();
  }, [title]);
  return (
    <div className={`${css.page} ${width === 'normal' ? '' : css[width]}`}>
      <SameByApi>
        <header className={css.head}>
          <div>
            {parent && (
              <Link to={parent.to} className={css.crumb}>
                <Icon name="back" size={12} /> {parent.title}
              </Link>
            )}
            <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center' }}>
              <h1 className={css.title} tabIndex={-1} ref={heading}>
                {title}
              </h1>
              {badge}
            </div>
            {lead !== undefined && <p className={css.lead}>{lead}</p>}
          </div>
          {actions !== undefined && <div className={css.actions}>{actions}</div>}
        </header>
        {children}
      </SameByApi>
    </div>
  );
}

/** `flush`: what is inside brings its own space, as tables do. */
type CardProps = { title?: string; actions?: ReactNode; flush?: boolean; children: ReactNode };

/** A titled part of a screen. */
export function Card({ title, actions, flush = false, children }: CardProps) {
  return (
    <section className={css.card} aria-label={title}>
      {title !== undefined && (
        <div className={css.cardHead}>
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      {flush ? children : <div className={css.cardBody}>{children}</div>}
    </section>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

const bannerIcon = { good: 'check', bad: 'warning', warn: 'warning', busy: 'info', idle: 'info' } as const;

/** Says what is the matter and what to do, at the top of what it concerns. */
export function Banner({ tone, title, children }: { tone: Tone; title: ReactNode; children?: ReactNode }) {
  return (
    <div className={`${css.banner} ${css[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={bannerIcon[tone]} />
      <div>
        <div className={css.bannerTitle}>{title}</div>
        {children !== undefined && <div className={css.bannerBody}>{children}</div>}
      </div>
    </div>
  );
}

/** Empty, failed, forbidden: a screen without content still says why and what to do next. */
export function Notice({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.state}>
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}
