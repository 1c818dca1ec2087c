import type { UserActor } from '../../kernel/index.ts';
import { type ActivityRow, type ActivityView, listActivity } from '../../link/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { findReadable, readsAll } from './find-readable.ts';
import { findInvitation } from './invitation-repo.ts';
import type { Registration } from './registration-repo.ts';
import { renderLink } from './render-link.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'inviteSealer'>;

/**
 * The activity of a registration as this reader may see it: the contact gets comments only; for admin and sn_sb.admin the
 * link note is rendered now (REG-42, REG-44, OQ-01).
 */
export async function readRegistrationActivity(deps: Deps, actor: UserActor, number: string): Promise<ActivityView[]> {
  const registration = await findReadable(deps.db, actor, number);
  const rows = await listActivity(
    deps.db,
    number,
    readsAll(actor) ? ['comment', 'workNote', 'registration-link'] : ['comment'],
  );
  return Promise.all(rows.map((row) => viewOf(deps, registration, row)));
}

async function viewOf(deps: Deps, registration: Registration, row: ActivityRow): Promise<ActivityView> {
  const view = {
    id: row.id,
    kind: row.kind,
    author: row.author,
    text: row.body,
    createdAt: row.created_at.toISOString(),
  };
  if (row.kind !== 'registration-link' || row.generation === null) return view;
  const link = await renderLink(deps, deps.db, registration, row.generation);
  if (link === null) return { ...view, text: 'This registration link is no longer valid.' };
  return { ...view, link, text: `${row.body} ${await mailed(deps, registration, row.generation)}`.trim() };
}

async function mailed(deps: Deps, registration: Registration, generation: number): Promise<string> {
  const invitation = await findInvitation(deps.db, registration.id, generation);
  if (invitation?.mail_failed_at != null) return 'Mailing it failed: copy it and hand it over by other means.';
  if (invitation?.mailed_at == null) return '';
  return `Mailed to ${invitation.mailed_to} at ${invitation.mailed_at.toISOString()}.`;
}
