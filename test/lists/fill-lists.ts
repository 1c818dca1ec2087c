import { sql } from 'kysely';
import type { Db } from '../../src/platform/db/index.ts';

/**
 * Rows for every list that a person cannot fill by hand in a moment, with many equal values. They stand for themselves:
 * nothing but the lists reads them.
 */
export async function fillLists(db: Db): Promise<void> {
  await sql`
    insert into provider.registration (id, number, company_id, contact_id, url, state, validation_since, created_by,
      created_at, updated_at)
    select 'reg_list' || n, 'REG000' || (5000 + n), (select id from directory.company order by id limit 1),
      (select id from directory."user" order by id limit 1), 'https://host-' || (n * 7 % 10) || '.example',
      (array['cancelled', 'closed-incomplete'])[1 + n % 2], at, 'usr_list', at, at
    from generate_series(1, 7) n, lateral (select '2026-01-05T09:00:00Z'::timestamptz + n / 2 * interval '1 hour' as at) t`.execute(
    db,
  );
  await sql`
    insert into link.peer (instance_id, origin, display, genesis, succession_log, manifest, manifest_seq, root_thumbprint,
      skew_ms, first_seen_at, seen_at)
    select 'sxilist' || n, 'https://host-' || n || '.example', 'Peer ' || n, '{}', '[]', '', 1, repeat('A', 43), 0, at, at
    from generate_series(1, 5) n, lateral (select '2026-01-05T09:00:00Z'::timestamptz as at) t`.execute(db);
  await sql`
    insert into link.connection (id, side, owner_id, attempt, peer_instance_id, status, local_client_id, remote_client_id,
      remote_issuer, remote_resource, service_account, own_nonce, settings_ours, created_at)
    select 'con_list' || n, 'provider', 'reg_list' || n, 1, 'sxilist' || n, 'active', 'client' || n, '', '', '', 'svc', '',
      '{}', '2026-01-05T09:00:00Z'
    from generate_series(1, 5) n`.execute(db);
  await sql`
    insert into provider.consumer_connection (number, registration_id, connection_id, company_id, created_at)
    select 'CON000' || (5000 + n), 'reg_list' || n, 'con_list' || n, (select id from directory.company limit 1),
      '2026-01-05T09:00:00Z'::timestamptz + n / 2 * interval '1 hour'
    from generate_series(1, 5) n`.execute(db);
  await sql`
    insert into consumer.provider_connection (id, number, state, provider_instance_id, provider_origin, provider_name,
      registration_id, invitation_jti, invitation_generation, link_expires_at, masked_contact, validation_since,
      imported_by, created_at, updated_at)
    select 'prc_list' || n, 'PRC000' || (5000 + n), (array['new', 'validated'])[1 + n % 2], 'sxilist' || n,
      'https://host-' || n || '.example', 'Provider ' || (n * 3 % 2), 'reg_far' || n, 'jti' || n, 1, at, 'c…@example.org',
      at, 'usr_list', at, at
    from generate_series(1, 5) n, lateral (select '2026-01-05T09:00:00Z'::timestamptz + n / 2 * interval '1 hour' as at) t`.execute(
    db,
  );
  await sql`
    insert into scan.issue (id, check_id, check_name, summary, category, priority, source_kind, source_id, source_label,
      message, cause, remedy, who, peer, status, detections, first_detected_at, last_detected_at)
    select 'iss_' || lpad(n::text, 32, '0'), 'CHK-' || n, 'Check', 'Summary ' || n, (array['Keys', 'Engine'])[1 + n % 2],
      (array['critical', 'low', 'high'])[1 + n % 3], 'instance', 'source' || n, 'Source', 'm', 'c', 'r', 'w', false, 'open',
      1, at, at
    from generate_series(1, 7) n, lateral (select '2026-01-05T09:00:00Z'::timestamptz + n / 2 * interval '1 hour' as at) t`.execute(
    db,
  );
  await sql`
    insert into scan.error (id, number, code, text, source_kind, source_id, source_label, connection_id, connection_label,
      times, created_at, last_at)
    select 'err_list' || n, 'ERR000' || (5000 + n), (array['mail-not-delivered', 'registration-expired'])[1 + n % 2], 'text',
      'instance', 'source', 'Source', '', '', 1, '2026-01-05T09:00:00Z', '2026-01-05T09:00:00Z'
    from generate_series(1, 5) n`.execute(db);
  await sql`
    insert into platform_mail.message (id, kind, payload, recipient, state, created_at)
    select 'mail_list' || n, 'test', '{}', nullif((array['b@example.org', 'a@example.org', ''])[1 + n % 3], ''),
      (array['sent', 'failed'])[1 + n % 2], '2026-01-05T09:00:00Z'::timestamptz + n / 2 * interval '1 hour'
    from generate_series(1, 7) n`.execute(db);
}
