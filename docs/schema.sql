-- Made from the migrations by scripts/gen-schema.ts, for review only.

create table access.client (
  client_id text not null,
  phase text not null,
  keys jsonb not null,
  redirect_uris jsonb not null,
  owner_kind text not null,
  owner_id text not null,
  created_at timestamp with time zone not null,
  constraint client_pkey PRIMARY KEY (client_id),
  constraint client_keyed_has_no_redirect CHECK (((phase <> 'keyed'::text) OR (jsonb_array_length(redirect_uris) = 0))),
  constraint client_phase_check CHECK ((phase = ANY (ARRAY['attempt'::text, 'keyed'::text])))
);
CREATE INDEX client_owner ON access.client USING btree (owner_kind, owner_id);

create table access.oauth_record (
  model text not null,
  id_hash text not null,
  sealed text not null,
  grant_hash text,
  client_id text,
  consumed_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  constraint oauth_record_pkey PRIMARY KEY (model, id_hash)
);
CREATE INDEX oauth_record_client ON access.oauth_record USING btree (client_id) WHERE (client_id IS NOT NULL);
CREATE INDEX oauth_record_expiry ON access.oauth_record USING btree (expires_at);
CREATE INDEX oauth_record_grant ON access.oauth_record USING btree (grant_hash) WHERE (grant_hash IS NOT NULL);

create table access.proof_seen (
  id_hash text not null,
  expires_at timestamp with time zone not null,
  constraint proof_seen_pkey PRIMARY KEY (id_hash)
);
CREATE INDEX proof_seen_expiry ON access.proof_seen USING btree (expires_at);

create table access.service_account (
  name text not null,
  owner_kind text not null,
  owner_id text not null,
  created_at timestamp with time zone not null,
  constraint service_account_pkey PRIMARY KEY (name),
  constraint service_account_name_check CHECK ((name ~~ 'sb\_user\_%'::text))
);
CREATE UNIQUE INDEX service_account_owner ON access.service_account USING btree (owner_kind, owner_id);

create table audit.entry (
  id bigint not null generated always as identity,
  at timestamp with time zone not null,
  event text not null,
  outcome text not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  actor_via text,
  subject text not null,
  detail jsonb not null,
  position bigint,
  previous_hash text,
  hash text,
  constraint entry_pkey PRIMARY KEY (id),
  constraint entry_position_key UNIQUE ("position"),
  constraint entry_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'system'::text, 'peer'::text]))),
  constraint entry_actor_via_check CHECK ((actor_via = ANY (ARRAY['session'::text, 'token'::text]))),
  constraint entry_check CHECK (((("position" IS NULL) = (hash IS NULL)) AND (("position" IS NULL) = (previous_hash IS NULL)))),
  constraint entry_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text])))
);
CREATE INDEX entry_actor ON audit.entry USING btree (actor_id, id);
CREATE INDEX entry_event ON audit.entry USING btree (event, id);
CREATE INDEX entry_subject ON audit.entry USING btree (subject, id);
CREATE INDEX entry_unchained ON audit.entry USING btree (id) WHERE ("position" IS NULL);

create table audit.head (
  position bigint not null,
  hash text not null,
  signed_at timestamp with time zone not null,
  statement text not null,
  constraint head_pkey PRIMARY KEY ("position")
);

create table consumer.attempt (
  provider_connection_id text not null,
  number integer not null,
  step text not null,
  sealed_secrets text,
  hello text not null,
  hello_ack text,
  confirm text,
  confirm_ack text,
  prepared text,
  started_by text not null,
  connection_id text,
  reason text,
  expires_at timestamp with time zone not null,
  greeting_at timestamp with time zone not null,
  authorising_at timestamp with time zone,
  redeeming_at timestamp with time zone,
  confirming_at timestamp with time zone,
  testing_at timestamp with time zone,
  prepared_at timestamp with time zone,
  connected_at timestamp with time zone,
  aborted_at timestamp with time zone,
  constraint attempt_pkey PRIMARY KEY (provider_connection_id, number),
  constraint attempt_provider_connection_id_fkey FOREIGN KEY (provider_connection_id) REFERENCES consumer.provider_connection(id),
  constraint attempt_step_check CHECK ((step = ANY (ARRAY['greeting'::text, 'authorising'::text, 'redeeming'::text, 'confirming'::text, 'testing'::text, 'prepared'::text, 'connected'::text, 'aborted'::text])))
);

create table consumer.provider_connection (
  id text not null,
  number text not null,
  state text not null,
  provider_instance_id text not null,
  provider_origin text not null,
  provider_name text not null,
  registration_id text not null,
  invitation_jti text not null,
  invitation_generation integer not null,
  link_expires_at timestamp with time zone not null,
  sealed_secret text,
  masked_contact text not null,
  company_id text,
  validation_since timestamp with time zone not null,
  connection_id text,
  imported_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint provider_connection_pkey PRIMARY KEY (id),
  constraint provider_connection_number_key UNIQUE (number),
  constraint provider_connection_state_check CHECK ((state = ANY (ARRAY['new'::text, 'awaiting-validation'::text, 'validation-failed'::text, 'validated'::text, 'connecting'::text, 'onboarded'::text])))
);
CREATE INDEX provider_connection_by_provider ON consumer.provider_connection USING btree (provider_name, number);
CREATE INDEX provider_connection_by_state ON consumer.provider_connection USING btree (state, number);
CREATE INDEX provider_connection_by_update ON consumer.provider_connection USING btree (updated_at, number);
CREATE UNIQUE INDEX provider_connection_registration ON consumer.provider_connection USING btree (provider_instance_id, registration_id);

create table directory.api_token (
  id text not null,
  token_hash text not null,
  user_id text not null,
  name text not null,
  roles text not null,
  read_only boolean not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  constraint api_token_pkey PRIMARY KEY (id),
  constraint api_token_token_hash_key UNIQUE (token_hash),
  constraint api_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES directory."user"(id)
);
CREATE INDEX api_token_user ON directory.api_token USING btree (user_id);

create table directory.company (
  id text not null,
  name text not null,
  name_key text not null,
  active boolean not null default true,
  created_at timestamp with time zone not null,
  constraint company_pkey PRIMARY KEY (id),
  constraint company_name_key UNIQUE (name_key)
);
CREATE INDEX company_by_age ON directory.company USING btree (created_at, id);

create table directory.role_grant (
  user_id text not null,
  role text not null,
  because text not null,
  granted_at timestamp with time zone not null,
  constraint role_grant_pkey PRIMARY KEY (user_id, role, because),
  constraint role_grant_user_id_fkey FOREIGN KEY (user_id) REFERENCES directory."user"(id)
);
CREATE INDEX role_grant_role ON directory.role_grant USING btree (role);

create table directory.session (
  token_hash text not null,
  user_id text not null,
  method text not null,
  started_at timestamp with time zone not null,
  authenticated_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (token_hash),
  constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES directory."user"(id),
  constraint session_method_check CHECK ((method = ANY (ARRAY['pwd'::text, 'otp'::text])))
);
CREATE INDEX session_of_user ON directory.session USING btree (user_id);

create table directory.set_up_code (
  only_one boolean not null default true,
  code_hash text not null,
  created_at timestamp with time zone not null,
  constraint set_up_code_pkey PRIMARY KEY (only_one),
  constraint set_up_code_only_one_check CHECK (only_one)
);

create table directory.sign_in_link (
  token_hash text not null,
  user_id text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint sign_in_link_pkey PRIMARY KEY (token_hash),
  constraint sign_in_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES directory."user"(id)
);
CREATE INDEX sign_in_link_user ON directory.sign_in_link USING btree (user_id);

create table directory.throttle (
  key text not null,
  failures integer not null,
  blocked_until timestamp with time zone not null,
  last_failure_at timestamp with time zone not null,
  constraint throttle_pkey PRIMARY KEY (key)
);
CREATE INDEX throttle_age ON directory.throttle USING btree (last_failure_at);

create table directory.user (
  id text not null,
  username text not null,
  username_key text not null,
  name text not null,
  name_key text not null,
  email text,
  email_key text,
  company_id text,
  active boolean not null default true,
  password_hash text,
  last_sign_in_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint user_pkey PRIMARY KEY (id),
  constraint user_username_key UNIQUE (username_key),
  constraint user_company_id_fkey FOREIGN KEY (company_id) REFERENCES directory.company(id)
);
CREATE INDEX user_by_email ON directory."user" USING btree (COALESCE(email_key, ''::text), id);
CREATE INDEX user_by_sign_in ON directory."user" USING btree (COALESCE(last_sign_in_at, '-infinity'::timestamp with time zone), id);
CREATE INDEX user_company ON directory."user" USING btree (company_id);
CREATE INDEX user_email ON directory."user" USING btree (email_key);
CREATE INDEX user_sorted ON directory."user" USING btree (name_key, id);

create table keys.access_policy (
  id text not null,
  subject text not null,
  module text not null,
  operations jsonb not null,
  effect text not null,
  expires_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  mac text not null,
  constraint access_policy_pkey PRIMARY KEY (id),
  constraint access_policy_effect_check CHECK ((effect = ANY (ARRAY['track'::text, 'reject'::text, 'strict-reject'::text]))),
  constraint access_policy_no_wildcard CHECK (((subject !~ '[*%?]'::text) AND (module !~ '[*%?]'::text) AND ((operations)::text !~ '[*%?]'::text)))
);

create table keys.class_key (
  class text not null,
  wrapped text not null,
  created_at timestamp with time zone not null,
  mac text not null,
  constraint class_key_pkey PRIMARY KEY (class),
  constraint class_key_class_check CHECK ((class = ANY (ARRAY['identity'::text, 'oauth'::text, 'session'::text, 'data'::text])))
);

create table keys.decision (
  id text not null,
  subject text not null,
  module text not null,
  operation text not null,
  outcome text not null,
  reason text not null,
  policies jsonb not null,
  count integer not null,
  at timestamp with time zone not null,
  constraint decision_pkey PRIMARY KEY (id),
  constraint decision_count_check CHECK ((count > 0)),
  constraint decision_outcome_check CHECK ((outcome = ANY (ARRAY['refused'::text, 'flagged'::text])))
);
CREATE INDEX decision_latest ON keys.decision USING btree (at DESC);

create table keys.instance (
  only_one boolean not null default true,
  instance_id text not null,
  genesis jsonb not null,
  succession_log jsonb not null,
  root_key text not null,
  hmac_key text not null,
  manifest text,
  manifest_seq integer not null,
  manifest_digest text,
  manifest_expires_at timestamp with time zone,
  recovery_file_confirmed_at timestamp with time zone,
  rows_digest text not null,
  created_at timestamp with time zone not null,
  mac text not null,
  active_days jsonb,
  constraint instance_pkey PRIMARY KEY (only_one),
  constraint instance_only_one_check CHECK (only_one)
);

create table keys.key_version (
  module text not null,
  version integer not null,
  kid text not null,
  state text not null,
  algorithm text not null,
  class text not null,
  public_x text,
  wrapped text,
  generated_at timestamp with time zone not null,
  activated_at timestamp with time zone,
  suspended_at timestamp with time zone,
  deactivated_at timestamp with time zone,
  destroyed_at timestamp with time zone,
  expires_at timestamp with time zone,
  reason text,
  mac text not null,
  renewed_at timestamp with time zone,
  rotated_at timestamp with time zone,
  compromised_at timestamp with time zone,
  constraint key_version_pkey PRIMARY KEY (module, version),
  constraint key_version_kid_key UNIQUE (kid),
  constraint key_version_class_fkey FOREIGN KEY (class) REFERENCES keys.class_key(class),
  constraint key_version_algorithm_check CHECK ((algorithm = ANY (ARRAY['Ed25519'::text, 'A256GCM'::text, 'HMAC-SHA-256'::text]))),
  constraint key_version_state_check CHECK ((state = ANY (ARRAY['generated'::text, 'active'::text, 'suspended'::text, 'deactivated'::text, 'compromised'::text, 'destroyed'::text]))),
  constraint key_version_version_check CHECK ((version > 0))
);
CREATE UNIQUE INDEX key_version_one_active ON keys.key_version USING btree (module) WHERE (state = 'active'::text);

create table keys.rotation (
  id text not null,
  module text not null,
  from_version integer not null,
  to_version integer not null,
  phase text not null,
  manifest_seq integer,
  resealed integer not null,
  reason text not null,
  started_at timestamp with time zone not null,
  promoted_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint rotation_pkey PRIMARY KEY (id),
  constraint rotation_module_from_version_fkey FOREIGN KEY (module, from_version) REFERENCES keys.key_version(module, version),
  constraint rotation_module_to_version_fkey FOREIGN KEY (module, to_version) REFERENCES keys.key_version(module, version),
  constraint rotation_phase_check CHECK ((phase = ANY (ARRAY['observing'::text, 'draining'::text, 'retired'::text, 'stopped'::text])))
);
CREATE INDEX rotation_latest ON keys.rotation USING btree (module, started_at DESC);
CREATE UNIQUE INDEX rotation_one_waiting ON keys.rotation USING btree (module) WHERE (phase = 'observing'::text);

create table link.activity (
  id text not null,
  position bigint not null generated always as identity,
  record text not null,
  kind text not null,
  author text not null,
  body text not null,
  generation integer,
  created_at timestamp with time zone not null,
  constraint activity_pkey PRIMARY KEY (id),
  constraint activity_kind_check CHECK ((kind = ANY (ARRAY['comment'::text, 'workNote'::text, 'registration-link'::text])))
);
CREATE INDEX activity_record ON link.activity USING btree (record, "position" DESC);

create table link.connection (
  id text not null,
  side text not null,
  owner_id text not null,
  attempt integer not null,
  peer_instance_id text not null,
  status text not null,
  local_client_id text not null,
  remote_client_id text not null,
  remote_issuer text not null,
  remote_resource text not null,
  service_account text not null,
  own_nonce text not null,
  peer_nonce text,
  settings_ours jsonb not null,
  settings_theirs jsonb,
  outbound_seq integer not null default 0,
  inbound_seq integer not null default 0,
  inbound_hash text not null default ''::text,
  created_at timestamp with time zone not null,
  activated_at timestamp with time zone,
  suspended_for text,
  constraint connection_pkey PRIMARY KEY (id),
  constraint connection_local_client_id_key UNIQUE (local_client_id),
  constraint connection_owner_id_attempt_key UNIQUE (owner_id, attempt),
  constraint connection_peer_instance_id_fkey FOREIGN KEY (peer_instance_id) REFERENCES link.peer(instance_id),
  constraint connection_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'consumer'::text]))),
  constraint connection_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'active'::text, 'suspended'::text, 'off-boarded'::text]))),
  constraint connection_suspended_for_check CHECK ((suspended_for = 'fork'::text))
);
CREATE UNIQUE INDEX connection_live_peer ON link.connection USING btree (peer_instance_id) WHERE (status <> 'off-boarded'::text);

create table link.control_message (
  connection_id text not null,
  seq integer not null,
  message jsonb not null,
  batch text,
  hash text,
  receipt text,
  created_at timestamp with time zone not null,
  receipted_at timestamp with time zone,
  signed_by text,
  replaces jsonb not null default '[]'::jsonb,
  constraint control_message_pkey PRIMARY KEY (connection_id, seq),
  constraint control_message_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES link.connection(id) ON DELETE CASCADE
);

create table link.control_receipt (
  connection_id text not null,
  seq integer not null,
  hash text not null,
  receipt text not null,
  accepted_at timestamp with time zone not null,
  content text,
  signed_by text,
  constraint control_receipt_pkey PRIMARY KEY (connection_id, seq),
  constraint control_receipt_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES link.connection(id) ON DELETE CASCADE
);

create table link.manifest_seen (
  connection_id text not null,
  seq integer not null default 0,
  asked_seq integer not null default 0,
  asked_at timestamp with time zone,
  constraint manifest_seen_pkey PRIMARY KEY (connection_id),
  constraint manifest_seen_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES link.connection(id) ON DELETE CASCADE
);

create table link.peer (
  instance_id text not null,
  origin text not null,
  display text not null,
  genesis jsonb not null,
  succession_log jsonb not null,
  manifest text not null,
  manifest_seq integer not null,
  root_thumbprint text not null,
  skew_ms integer not null,
  first_seen_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  constraint peer_pkey PRIMARY KEY (instance_id)
);

create table link.replaced_receipt (
  connection_id text not null,
  seq integer not null,
  hash text not null,
  signed_by text not null,
  receipt text not null,
  accepted_at timestamp with time zone not null,
  replaced_at timestamp with time zone not null,
  constraint replaced_receipt_pkey PRIMARY KEY (connection_id, seq, hash),
  constraint replaced_receipt_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES link.connection(id) ON DELETE CASCADE
);

create table link.safety_comparison (
  peer_instance_id text not null,
  safety_number text not null,
  compared_by text not null,
  compared_at timestamp with time zone not null,
  constraint safety_comparison_pkey PRIMARY KEY (peer_instance_id),
  constraint safety_comparison_peer_instance_id_fkey FOREIGN KEY (peer_instance_id) REFERENCES link.peer(instance_id)
);

create table link.traffic_secret (
  connection_id text not null,
  epoch integer not null,
  label text not null,
  sealed text not null,
  constraint traffic_secret_pkey PRIMARY KEY (connection_id, epoch, label),
  constraint traffic_secret_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES link.connection(id) ON DELETE CASCADE,
  constraint traffic_secret_label_check CHECK ((label = ANY (ARRAY['c2p'::text, 'p2c'::text, 'ratchet'::text])))
);

create table platform.migration (
  room text not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null,
  constraint migration_pkey PRIMARY KEY (room, name)
);

create table platform.schedule (
  job text not null,
  due_at timestamp with time zone not null,
  constraint schedule_pkey PRIMARY KEY (job)
);

create table platform_mail.message (
  id text not null,
  kind text not null,
  payload jsonb not null,
  record text,
  recipient text,
  subject text,
  state text not null,
  attempts integer not null default 0,
  last_error text,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint message_pkey PRIMARY KEY (id),
  constraint message_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text, 'withdrawn'::text])))
);
CREATE INDEX message_by_recipient ON platform_mail.message USING btree (COALESCE(recipient, ''::text), id);
CREATE INDEX message_by_state ON platform_mail.message USING btree (state, id);
CREATE INDEX message_newest ON platform_mail.message USING btree (created_at DESC, id DESC);
CREATE INDEX message_of_record ON platform_mail.message USING btree (record) WHERE (record IS NOT NULL);

create table provider.attempt (
  registration_id text not null,
  number integer not null,
  step text not null,
  consumer_instance_id text not null,
  client_id text not null,
  hello_hash text not null,
  hello_ack_hash text not null,
  th2 text not null,
  reg_digest text not null,
  sealed_secret text,
  consented_by text,
  connection_id text,
  th4 text,
  refusal_code text,
  refusal_at timestamp with time zone,
  reason text,
  expires_at timestamp with time zone not null,
  claimed_at timestamp with time zone not null,
  authorised_at timestamp with time zone,
  keyed_at timestamp with time zone,
  committed_at timestamp with time zone,
  connected_at timestamp with time zone,
  aborted_at timestamp with time zone,
  dpop_jkt text not null default ''::text,
  refused_visits text[] not null default '{}'::text[],
  constraint attempt_pkey PRIMARY KEY (registration_id, number),
  constraint attempt_registration_id_fkey FOREIGN KEY (registration_id) REFERENCES provider.registration(id),
  constraint attempt_step_check CHECK ((step = ANY (ARRAY['claimed'::text, 'authorised'::text, 'keyed'::text, 'committed'::text, 'connected'::text, 'aborted'::text])))
);

create table provider.consumer_connection (
  number text not null,
  registration_id text not null,
  connection_id text not null,
  company_id text not null,
  created_at timestamp with time zone not null,
  constraint consumer_connection_pkey PRIMARY KEY (number),
  constraint consumer_connection_connection_id_key UNIQUE (connection_id),
  constraint consumer_connection_registration_id_key UNIQUE (registration_id),
  constraint consumer_connection_registration_id_fkey FOREIGN KEY (registration_id) REFERENCES provider.registration(id)
);
CREATE INDEX consumer_connection_by_age ON provider.consumer_connection USING btree (created_at, number);

create table provider.invitation (
  registration_id text not null,
  generation integer not null,
  jti text not null,
  statement text not null,
  sealed_secret text,
  state text not null,
  bad_macs integer not null default 0,
  mailed_to text,
  mailed_at timestamp with time zone,
  mail_failed_at timestamp with time zone,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint invitation_pkey PRIMARY KEY (registration_id, generation),
  constraint invitation_jti_key UNIQUE (jti),
  constraint invitation_registration_id_fkey FOREIGN KEY (registration_id) REFERENCES provider.registration(id),
  constraint invitation_state_check CHECK ((state = ANY (ARRAY['live'::text, 'superseded'::text, 'used'::text, 'locked'::text])))
);

create table provider.provider (
  only_one boolean not null default true,
  name text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint provider_pkey PRIMARY KEY (only_one),
  constraint provider_only_one_check CHECK (only_one)
);

create table provider.registration (
  id text not null,
  number text not null,
  company_id text not null,
  contact_id text not null,
  url text not null,
  state text not null,
  instance_id text,
  validation_since timestamp with time zone not null,
  link_generation integer not null default 0,
  connection_id text,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint registration_pkey PRIMARY KEY (id),
  constraint registration_number_key UNIQUE (number),
  constraint registration_state_check CHECK ((state = ANY (ARRAY['awaiting-validation'::text, 'validation-failed'::text, 'open'::text, 'work-in-progress'::text, 'closed-complete'::text, 'closed-incomplete'::text, 'cancelled'::text])))
);
CREATE INDEX registration_by_state ON provider.registration USING btree (state, number);
CREATE INDEX registration_by_update ON provider.registration USING btree (updated_at, number);
CREATE INDEX registration_by_url ON provider.registration USING btree (url, number);
CREATE INDEX registration_contact ON provider.registration USING btree (contact_id);
CREATE UNIQUE INDEX registration_live_url ON provider.registration USING btree (company_id, url) WHERE (state <> ALL (ARRAY['cancelled'::text, 'closed-incomplete'::text]));

create table provider.step_answer (
  registration_id text not null,
  issuer text not null,
  attempt integer not null,
  step text not null,
  request_hash text not null,
  answer text not null,
  answered_at timestamp with time zone not null,
  constraint step_answer_pkey PRIMARY KEY (registration_id, issuer, attempt, step),
  constraint step_answer_registration_id_fkey FOREIGN KEY (registration_id) REFERENCES provider.registration(id)
);

create table provider.wrong_guess (
  registration_id text not null,
  generation integer not null,
  statement_hash text not null,
  constraint wrong_guess_pkey PRIMARY KEY (registration_id, generation, statement_hash),
  constraint wrong_guess_registration_id_generation_fkey FOREIGN KEY (registration_id, generation) REFERENCES provider.invitation(registration_id, generation) ON DELETE CASCADE
);

create table scan.error (
  id text not null,
  number text not null,
  code text not null,
  text text not null,
  side text,
  source_kind text not null,
  source_id text not null,
  source_label text not null,
  connection_id text not null,
  connection_label text not null,
  times integer not null,
  created_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  raised_at timestamp with time zone,
  digested_at timestamp with time zone,
  settled_at timestamp with time zone,
  issue_id text,
  constraint error_pkey PRIMARY KEY (id),
  constraint error_number_key UNIQUE (number),
  constraint error_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'consumer'::text])))
);
CREATE INDEX error_code ON scan.error USING btree (code, number);
CREATE INDEX error_latest ON scan.error USING btree (created_at);
CREATE INDEX error_source ON scan.error USING btree (source_id) WHERE (settled_at IS NULL);
CREATE INDEX error_undigested ON scan.error USING btree (created_at) WHERE (digested_at IS NULL);
CREATE INDEX error_unraised ON scan.error USING btree (created_at) WHERE (raised_at IS NULL);

create table scan.issue (
  id text not null,
  check_id text not null,
  check_name text not null,
  summary text not null,
  category text not null,
  priority text not null,
  source_kind text not null,
  source_id text not null,
  source_label text not null,
  message text not null,
  cause text not null,
  remedy text not null,
  who text not null,
  peer boolean not null,
  status text not null,
  detections integer not null,
  first_detected_at timestamp with time zone not null,
  last_detected_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  muted_reason text,
  assigned_to text,
  origin text not null default 'check'::text,
  connection_id text not null default ''::text,
  connection_label text not null default ''::text,
  constraint issue_pkey PRIMARY KEY (id),
  constraint issue_check CHECK (((resolved_at IS NULL) = (status = 'open'::text))),
  constraint issue_origin_check CHECK ((origin = ANY (ARRAY['check'::text, 'error'::text]))),
  constraint issue_priority_check CHECK ((priority = ANY (ARRAY['critical'::text, 'high'::text, 'moderate'::text, 'low'::text]))),
  constraint issue_status_check CHECK ((status = ANY (ARRAY['open'::text, 'resolved'::text])))
);
CREATE INDEX issue_category ON scan.issue USING btree (category, id);
CREATE INDEX issue_gravest ON scan.issue USING btree (array_position('{critical,high,moderate,low}'::text[], priority), (('2000-01-01 00:00:00+00'::timestamp with time zone - last_detected_at)), id);
CREATE INDEX issue_latest ON scan.issue USING btree (last_detected_at, id);
CREATE INDEX issue_status ON scan.issue USING btree (status, last_detected_at);
CREATE UNIQUE INDEX issue_one_open ON scan.issue USING btree (check_id, source_kind, source_id) WHERE ((status = 'open'::text) AND (origin = 'check'::text));
CREATE UNIQUE INDEX issue_one_open_error ON scan.issue USING btree (check_id, source_kind, source_id, connection_id, message) WHERE ((status = 'open'::text) AND (origin = 'error'::text));

create table scan.issue_activity (
  id text not null,
  position bigint not null generated always as identity,
  issue_id text not null,
  kind text not null,
  author text not null,
  body text not null,
  created_at timestamp with time zone not null,
  constraint issue_activity_pkey PRIMARY KEY (id),
  constraint issue_activity_issue_id_fkey FOREIGN KEY (issue_id) REFERENCES scan.issue(id) ON DELETE CASCADE,
  constraint issue_activity_kind_check CHECK ((kind = ANY (ARRAY['comment'::text, 'workNote'::text])))
);
CREATE INDEX issue_activity_stream ON scan.issue_activity USING btree (issue_id, "position");

create table scan.issue_follower (
  issue_id text not null,
  user_id text not null,
  since timestamp with time zone not null,
  told_at timestamp with time zone,
  constraint issue_follower_pkey PRIMARY KEY (issue_id, user_id),
  constraint issue_follower_issue_id_fkey FOREIGN KEY (issue_id) REFERENCES scan.issue(id) ON DELETE CASCADE
);
CREATE INDEX issue_follower_waiting ON scan.issue_follower USING btree (issue_id) WHERE (told_at IS NULL);

create table scan.issue_subject (
  issue_id text not null,
  suite text not null,
  side text not null,
  subject_kind text not null,
  subject_id text not null,
  subject_label text not null,
  holding boolean not null,
  constraint issue_subject_pkey PRIMARY KEY (issue_id, suite, subject_kind, subject_id),
  constraint issue_subject_issue_id_fkey FOREIGN KEY (issue_id) REFERENCES scan.issue(id) ON DELETE CASCADE,
  constraint issue_subject_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'consumer'::text])))
);
CREATE INDEX issue_subject_holding ON scan.issue_subject USING btree (subject_kind, subject_id) WHERE holding;

create table scan.run (
  id text not null,
  suite text not null,
  side text not null,
  subject_kind text not null,
  subject_id text not null,
  subject_label text not null,
  status text not null,
  outcome text,
  reason text,
  is_rerun boolean not null,
  own_first boolean not null,
  superseded boolean not null default false,
  reply_to text,
  attempt integer not null default 0,
  results jsonb not null,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  cancelled_by text,
  constraint run_pkey PRIMARY KEY (id),
  constraint run_check CHECK (((outcome IS NULL) = (status = ANY (ARRAY['queued'::text, 'running'::text, 'cancelled'::text])))),
  constraint run_outcome_check CHECK ((outcome = ANY (ARRAY['passed'::text, 'failed'::text]))),
  constraint run_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'consumer'::text]))),
  constraint run_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'complete'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX run_ended ON scan.run USING btree (requested_at) WHERE (status = ANY (ARRAY['complete'::text, 'failed'::text, 'cancelled'::text]));
CREATE INDEX run_subject ON scan.run USING btree (suite, subject_kind, subject_id, requested_at);
CREATE UNIQUE INDEX run_one_queued ON scan.run USING btree (suite, subject_kind, subject_id) WHERE (status = 'queued'::text);
CREATE UNIQUE INDEX run_one_running ON scan.run USING btree (suite, subject_kind, subject_id) WHERE (status = 'running'::text);

create table scan.watch (
  suite text not null,
  subject_kind text not null,
  subject_id text not null,
  subject_label text not null,
  side text not null,
  reply_to text,
  told text,
  failing_since timestamp with time zone,
  due_at timestamp with time zone,
  peer_due_at timestamp with time zone,
  woken_at timestamp with time zone,
  constraint watch_pkey PRIMARY KEY (suite, subject_kind, subject_id),
  constraint watch_side_check CHECK ((side = ANY (ARRAY['provider'::text, 'consumer'::text]))),
  constraint watch_told_check CHECK ((told = ANY (ARRAY['passed'::text, 'failed'::text])))
);
CREATE INDEX watch_due ON scan.watch USING btree (due_at);

create table scan.worker (
  node text not null,
  version text not null,
  seen_at timestamp with time zone not null,
  worked_at timestamp with time zone,
  constraint worker_pkey PRIMARY KEY (node)
);
