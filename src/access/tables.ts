import type { ClientKey, ClientPhase } from './client.ts';

declare module '../platform/db/database.ts' {
  interface Database {
    'access.client': ClientTable;
    'access.service_account': ServiceAccountTable;
    'access.oauth_record': OAuthRecordTable;
    'access.proof_seen': ProofSeenTable;
  }
}

type ClientTable = {
  client_id: string;
  phase: ClientPhase;
  keys: ClientKey[];
  redirect_uris: string[];
  owner_kind: string;
  owner_id: string;
  created_at: Date;
};

type ServiceAccountTable = {
  name: string;
  owner_kind: string;
  owner_id: string;
  created_at: Date;
};

/** One stored object of the OAuth library, whatever its model; see sealed-record.ts. */
type OAuthRecordTable = {
  model: string;
  id_hash: string;
  sealed: string;
  grant_hash: string | null;
  client_id: string | null;
  consumed_at: Date | null;
  expires_at: Date;
};

/** A DPoP proof or client assertion that has been used: the same one never counts twice, on any node. */
type ProofSeenTable = {
  id_hash: string;
  expires_at: Date;
};
