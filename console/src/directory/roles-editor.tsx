import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { changeUser, listRoles } from '../../../src/directory/contract.ts';
import type { Role } from '../../../src/kernel/role.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { Form, useFields } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { Card } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import type { Contact } from './contacts.tsx';
import css from './roles.module.css';
import { strings } from './strings.ts';

type RoleInfo = OutputOf<typeof listRoles>['items'][number];

/** Two columns, not held and held; what you may not give says who may. Nothing changes before Save. */
export function RolesEditor({ person }: { person: Contact }) {
  const client = useQueryClient();
  const known = useRead(listRoles, {});
  const fields = useFields<{ roles: Role[] }>({ roles: [...person.roles] });
  const held = fields.values.roles;
  const changed = held.length !== person.roles.length || held.some((role) => !person.roles.includes(role));
  const save = async () => {
    const saved = await fields.send(() => call(changeUser, { params: { id: person.id }, input: { roles: held } }));
    if (saved) await client.invalidateQueries();
  };
  const move = (role: Role, give: boolean) =>
    fields.set({ roles: give ? [...held, role] : held.filter((name) => name !== role) });
  const columns = [
    { title: strings.rolesAvailable, give: true, has: (name: Role) => !held.includes(name) },
    { title: strings.rolesHeld, give: false, has: (name: Role) => held.includes(name) },
  ];
  return (
    <Card title={strings.rolesField}>
      <Form fields={fields} onSubmit={save}>
        <div className={css.columns}>
          {columns.map(({ title, give, has }) => (
            <fieldset className={css.column} key={title}>
              <legend>{title}</legend>
              <ul>
                {known.data?.items
                  .filter(({ name }) => has(name))
                  .map((role) => (
                    <RoleLine key={role.name} role={role} give={give} onMove={() => move(role.name, give)} />
                  ))}
              </ul>
            </fieldset>
          ))}
        </div>
        <div style={{ display: 'flex', justifyContent: 'flex-end' }}>
          <Button type="submit" loading={fields.busy} disabled={!changed}>
            {strings.savedRoles}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function RoleLine({ role, give, onMove }: { role: RoleInfo; give: boolean; onMove: () => void }) {
  const reason = role.youMayGive ? null : strings.notYours(giversOf(role));
  const label = give ? strings.grant(role.name) : strings.take(role.name);
  return (
    <li className={css.role}>
      <div>
        <strong>{role.name}</strong>
        <span>{role.meaning}</span>
        {reason !== null && <span className={css.reason}>{reason}</span>}
      </div>
      <Tooltip label={reason ?? label}>
        <ActionIcon
          size={28}
          variant="default"
          aria-label={label}
          {...(reason !== null && { 'aria-disabled': true, 'data-disabled': true })}
          onClick={() => reason === null && onMove()}
        >
          <Icon name={give ? 'plus' : 'cross'} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

/** “admin”, or “sn_kmf.admin and security_admin”: any one set is enough. */
export const giversOf = ({ givenBy }: RoleInfo): string =>
  givenBy.length === 0 ? shared.none : givenBy.map((set) => set.join(' and ')).join(', or ');
