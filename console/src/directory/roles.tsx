import { listRoles } from '../../../src/directory/contract.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { Page } from '../shell/page.tsx';
import { Table } from '../shell/table.tsx';
import { giversOf } from './roles-editor.tsx';
import { strings } from './strings.ts';

type RoleInfo = OutputOf<typeof listRoles>['items'][number];

export function Roles() {
  return (
    <Page title={strings.roles} lead={strings.rolesLead}>
      <Table<RoleInfo>
        caption={strings.roles}
        route={listRoles}
        keyOf={({ name }) => name}
        empty={{ title: strings.roles, hint: strings.rolesLead }}
        columns={[
          { title: strings.role, cell: ({ name }) => <strong>{name}</strong>, width: '260px' },
          { title: strings.allows, cell: ({ meaning }) => meaning },
          { title: strings.givenBy, cell: giversOf },
          { title: strings.youMay, cell: ({ youMayGive }) => (youMayGive ? strings.yes : strings.no), width: '130px' },
        ]}
      />
    </Page>
  );
}
