import { type ReactNode, useEffect } from 'react';
import css from '../app/frame.module.css';
import { Brand, Lost, ThemeMenu } from '../app/frame.tsx';
import { strings } from '../shell/strings.ts';

/** A screen for somebody who is not signed in: one card, nothing around it. */
export function LonePage({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${strings.product}`;
  }, [title]);
  return (
    <>
      <Lost />
      <main className={css.lone} id="main">
        <div style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
          <Brand />
          <ThemeMenu />
        </div>
        <div className={css.loneCard}>
          <h1>{title}</h1>
          {children}
        </div>
      </main>
    </>
  );
}
