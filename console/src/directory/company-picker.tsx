import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { CompanyId } from '../../../src/directory/contract.ts';
import { listCompanies } from '../../../src/directory/contract.ts';
import { useRead } from '../api/queries.ts';
import { strings } from './strings.ts';

type Props = {
  label: string;
  description?: string;
  value: CompanyId | null;
  /** Its name, where the record already holds one that the first answers may not bring. */
  known?: { id: string; name: string } | null;
  onChange: (id: CompanyId | null) => void;
  error?: string | undefined;
  required?: boolean;
  disabled?: boolean;
};

/** Active companies, searched at the instance while typing. */
export function CompanyPicker({ value, known, onChange, ...rest }: Props) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 200);
  // The name of the company picked stands in the field too: it is no search, or the list would show nothing else.
  const [chosen, setChosen] = useState(known?.name);
  const answer = useRead(listCompanies, {
    query: { active: 'true', limit: 20, search: search === chosen ? '' : search },
  });
  const found = (answer.data?.items ?? []).map(({ id, name }) => ({ value: id as string, label: name }));
  const all =
    known && !found.some(({ value: id }) => id === known.id)
      ? [...found, { value: known.id, label: known.name }]
      : found;
  return (
    <Select
      {...rest}
      data={all}
      value={value}
      onChange={(id, option) => {
        setChosen(option?.label);
        onChange(id as CompanyId | null);
      }}
      searchable
      placeholder={strings.pickCompany}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={strings.noCompanyFound}
      {...(answer.isLoading && { rightSection: <Loader size={14} /> })}
      comboboxProps={{ shadow: 'md' }}
    />
  );
}
