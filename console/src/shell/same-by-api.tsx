import { useParams } from '@tanstack/react-router';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { type CallShown, curlLine } from '../api/curl.ts';
import { CopyField } from './copy-field.tsx';
import css from './same-by-api.module.css';
import { strings } from './strings.ts';

type Calls = ReadonlyMap<string, CallShown>;
type Note = (key: string, call: CallShown) => void;

const Context = createContext<Note | null>(null);

/**
 * The calls behind a screen, as lines for a shell. Buttons and lists tell it what they call, from their own contract, so
 * that nothing is written down twice; rows of one list tell the same call once.
 */
export function SameByApi({ children }: { children: ReactNode }) {
  const [calls, setCalls] = useState<Calls>(new Map());
  const note = useCallback<Note>((key, call) => setCalls((before) => new Map(before).set(key, call)), []);
  return (
    <Context.Provider value={note}>
      {children}
      {calls.size > 0 && (
        <details className={css.same}>
          <summary>{strings.sameByApi}</summary>
          <p>{strings.sameByApiHint}</p>
          <ul>
            {[...calls].map(([key, call]) => (
              <li key={key}>
                <span>{call.route.summary}</span>
                <CopyField value={curlLine(location.origin, call)} label={call.route.summary} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </Context.Provider>
  );
}

/** Tells the screen around it of one call. What the address names, such as the number of a record, is filled in. */
export function useSameByApi(call: CallShown): void {
  const note = useContext(Context);
  const inAddress = useParams({ strict: false }) as Record<string, string>;
  const key = `${call.route.method} ${call.route.path}`;
  const text = JSON.stringify([inAddress, call.params, call.query, call.input]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `text` stands for what is shown of the call
  useEffect(() => {
    note?.(key, { ...call, params: { ...inAddress, ...(call.params as object | undefined) } });
  }, [note, key, text]);
}

/** The same for a call that no button of ours and no list makes. */
export function SameCall(call: CallShown): null {
  useSameByApi(call);
  return null;
}
