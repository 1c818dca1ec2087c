import { Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import type { FieldError } from '../../../src/kernel/problem.ts';
import { ApiProblem } from '../api/problem.ts';
import { Refusal } from './failure.tsx';
import { Banner } from './page.tsx';
import { strings } from './strings.ts';

export type Fields<Values> = {
  readonly values: Values;
  set(change: Partial<Values>): void;
  /** Value, change handler and refusal of one text field, ready to spread into an input. */
  text(name: keyof Values & string): {
    name: string;
    value: string;
    error: string | undefined;
    onChange: (event: { currentTarget: { value: string } }) => void;
  };
  errorOf(name: string): string | undefined;
  /**
   * Runs one call and keeps its refusal. True when it went through. `missing` names fields that must hold something and do
   * not, with what to do: an empty choice has no words of its own at the instance.
   */
  send(action: () => Promise<unknown>, missing?: readonly FieldError[]): Promise<boolean>;
  readonly busy: boolean;
  readonly error: unknown;
};

/** What a form holds while somebody fills it in, and what the instance said to it. */
export function useFields<Values extends Record<string, unknown>>(initial: Values): Fields<Values> {
  const [values, setValues] = useState(initial);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const refused = error instanceof ApiProblem ? error.fields : [];
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const errorOf = (name: string) =>
    touched.has(name) ? undefined : refused.find(({ field }) => field === name)?.message;
  const set = (change: Partial<Values>) => {
    setValues((before) => ({ ...before, ...change }));
    setTouched((before) => new Set([...before, ...Object.keys(change)]));
  };
  return {
    values,
    set,
    errorOf,
    busy,
    error,
    text: (name) => ({
      name,
      value: String(values[name] ?? ''),
      error: errorOf(name),
      onChange: (event) => set({ [name]: event.currentTarget.value } as Partial<Values>),
    }),
    async send(action, missing = []) {
      setTouched(new Set());
      if (missing.length > 0) {
        setError(new ApiProblem(422, { title: strings.fixFields, detail: strings.fixFields, errors: missing }));
        return false;
      }
      setBusy(true);
      setError(null);
      try {
        await action();
        return true;
      } catch (refusal) {
        setError(refusal);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

type FormProps<Values> = {
  fields: Fields<Values>;
  onSubmit: () => void;
  children: ReactNode;
  /** Absent: the form brings its own buttons. */
  submit?: string;
  secondary?: ReactNode;
};

/** A form: fields, the refusal in the instance's words, and one button that sends it. */
export function Form<Values>({ fields, onSubmit, children, submit, secondary }: FormProps<Values>) {
  const form = useRef<HTMLFormElement>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    // Portals bubble through React's tree: a form inside a dialog inside a form must not send both.
    event.stopPropagation();
    if (!fields.busy) onSubmit();
  };
  return (
    <form
      ref={form}
      onSubmit={send}
      noValidate
      style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16 }}
    >
      <FormRefusal error={fields.error} />
      {children}
      {submit !== undefined && (
        <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', justifyContent: 'flex-end' }}>
          {secondary}
          <Button type="submit" loading={fields.busy}>
            {submit}
          </Button>
        </div>
      )}
    </form>
  );
}

function FormRefusal({ error }: { error: unknown }) {
  if (error instanceof ApiProblem && error.fields.length > 0)
    return (
      <Banner tone="bad" title={strings.fixFields}>
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {error.fields.map(({ field, message }) => (
            <li key={field + message}>{message}</li>
          ))}
        </ul>
      </Banner>
    );
  return <Refusal error={error} />;
}

/** The fields of `values` that hold nothing, with the words for each. */
export const missingOf = <Values extends Record<string, unknown>>(
  values: Values,
  words: Partial<Record<keyof Values & string, string>>,
): FieldError[] =>
  Object.entries(words).flatMap(([field, message]) => {
    const value = values[field];
    const empty = value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
    return empty ? [{ field, message: String(message) }] : [];
  });
