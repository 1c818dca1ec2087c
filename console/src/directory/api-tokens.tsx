import { Button, Checkbox, MultiSelect, NumberInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import {
  API_TOKEN_DEFAULT_DAYS,
  API_TOKEN_MAX_DAYS,
  type apiTokenOutput,
  createApiToken,
  deleteApiToken,
  listApiTokens,
} from '../../../src/directory/contract.ts';
import type { Role } from '../../../src/kernel/role.ts';
import { call } from '../api/client.ts';
import { useSession } from '../api/session.tsx';
import { ActButton } from '../shell/act-button.tsx';
import { CopyField } from '../shell/copy-field.tsx';
import { Confirm, Dialog } from '../shell/dialog.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Banner, Page } from '../shell/page.tsx';
import { SameCall } from '../shell/same-by-api.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { Table } from '../shell/table.tsx';
import { strings } from './strings.ts';

type Token = z.output<typeof apiTokenOutput>;

export function ApiTokens() {
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<Token | null>(null);
  const add = (
    <ActButton route={createApiToken} onClick={() => setMaking(true)}>
      {strings.newToken}
    </ActButton>
  );
  const remove = async () => {
    if (doomed !== null) await call(deleteApiToken, { params: { id: doomed.id } });
    await client.invalidateQueries();
  };
  return (
    <Page title={strings.tokens} lead={strings.tokensLead} actions={add}>
      <SameCall route={deleteApiToken} />
      <Table<Token>
        caption={strings.tokens}
        route={listApiTokens}
        keyOf={({ id }) => id}
        empty={{ title: strings.noTokens, hint: strings.noTokensHint, action: add }}
        columns={[
          { title: strings.name, sort: 'name', cell: ({ name }) => <strong>{name}</strong> },
          {
            title: strings.rights,
            cell: ({ roles, readOnly }) =>
              `${roles.join(', ') || shared.none}${readOnly ? ` (${strings.tokenReadOnly.toLowerCase()})` : ''}`,
          },
          { title: strings.expires, sort: 'expiresAt', cell: ({ expiresAt }) => when(expiresAt) },
          {
            title: strings.lastUsed,
            sort: 'lastUsedAt',
            cell: ({ lastUsedAt }) => (lastUsedAt === null ? strings.never : when(lastUsedAt)),
          },
          {
            title: strings.deleteToken,
            free: true,
            width: '100px',
            cell: (token) => (
              <Button
                size="xs"
                variant="default"
                aria-label={`${strings.deleteToken} ${token.name}`}
                onClick={() => setDoomed(token)}
              >
                {strings.deleteToken}
              </Button>
            ),
          },
        ]}
      />
      <Dialog title={strings.newToken} open={making} onClose={() => setMaking(false)}>
        <NewToken onClose={() => setMaking(false)} />
      </Dialog>
      <Confirm
        title={strings.deleteTokenTitle}
        open={doomed !== null}
        onClose={() => setDoomed(null)}
        confirm={strings.deleteToken}
        danger
        action={remove}
      >
        {strings.deleteTokenBody(doomed?.name ?? '')}
      </Confirm>
    </Page>
  );
}

type TokenValues = { name: string; roles: Role[]; readOnly: boolean; expiresInDays: number };

function NewToken({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { user } = useSession();
  const [token, setToken] = useState<string | null>(null);
  const fields = useFields<TokenValues>({
    name: '',
    roles: [],
    readOnly: false,
    expiresInDays: API_TOKEN_DEFAULT_DAYS,
  });
  const submit = () =>
    fields.send(async () => {
      const { roles, ...rest } = fields.values;
      const answer = await call(createApiToken, { input: roles.length === 0 ? rest : { ...rest, roles } });
      setToken(answer.token);
      await client.invalidateQueries();
    });
  if (token !== null)
    return (
      <div style={{ display: 'grid', gap: 12 }}>
        <Banner tone="warn" title={strings.tokenOnce} />
        <CopyField value={token} label={strings.newToken} />
        <Button variant="default" onClick={onClose}>
          {shared.close}
        </Button>
      </div>
    );
  return (
    <Form fields={fields} onSubmit={submit} submit={strings.newToken}>
      <TextInput label={strings.tokenName} data-autofocus required {...fields.text('name')} />
      <MultiSelect
        label={strings.rolesField}
        placeholder={fields.values.roles.length === 0 ? strings.allRoles : ''}
        data={user.roles}
        value={fields.values.roles}
        onChange={(roles) => fields.set({ roles: roles as Role[] })}
        error={fields.errorOf('roles')}
      />
      <Checkbox
        label={strings.tokenReadOnly}
        checked={fields.values.readOnly}
        onChange={(event) => fields.set({ readOnly: event.currentTarget.checked })}
      />
      <NumberInput
        label={strings.tokenDays}
        min={1}
        max={API_TOKEN_MAX_DAYS}
        value={fields.values.expiresInDays}
        onChange={(days) => fields.set({ expiresInDays: Number(days) })}
        error={fields.errorOf('expiresInDays')}
      />
    </Form>
  );
}
