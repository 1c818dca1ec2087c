import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

type Values<Name extends string> = Partial<Record<Name, string>>;

/** Search and filters of a list, kept in the address bar: a list can be linked to as it is seen. */
export function useAddress<Name extends string>(names: readonly Name[]) {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const values: Values<Name> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') values[name] = value;
  }
  const set = useCallback(
    (change: Values<Name>) => {
      const merge = (before: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries({ ...before, ...change }).filter(([, value]) => value !== '' && value != null),
        );
      void navigate({ to: '.', search: merge as never, replace: true });
    },
    [navigate],
  );
  const clear = () => set(Object.fromEntries(names.map((name) => [name, ''])) as Values<Name>);
  return { values, set, clear };
}
