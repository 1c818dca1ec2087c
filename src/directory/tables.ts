import type { Generated } from 'kysely';
import type { Role, UserId } from '../kernel/index.ts';
import type { ApiTokenId } from './api-token.ts';
import type { CompanyId } from './company.ts';
import type { AuthenticationMethod } from './session.ts';

declare module '../platform/db/database.ts' {
  interface Database {
    'directory.company': {
      id: CompanyId;
      name: string;
      /** The name as foldCase spells it: unique, searched and sorted by. */
      name_key: string;
      active: Generated<boolean>;
      created_at: Date;
    };
    'directory.user': {
      id: UserId;
      username: string;
      username_key: string;
      name: string;
      /** What the list is sorted by. */
      name_key: string;
      email: string | null;
      email_key: string | null;
      company_id: CompanyId | null;
      active: Generated<boolean>;
      /** PHC string; null for a person who never set a password. */
      password_hash: string | null;
      last_sign_in_at: Date | null;
      created_at: Date;
    };
    /** A person holds a role while at least one row says why. */
    'directory.role_grant': {
      user_id: UserId;
      role: Role;
      because: string;
      granted_at: Date;
    };
    'directory.session': {
      token_hash: string;
      user_id: UserId;
      method: AuthenticationMethod;
      started_at: Date;
      authenticated_at: Date;
      last_seen_at: Date;
    };
    'directory.api_token': {
      id: ApiTokenId;
      token_hash: string;
      user_id: UserId;
      name: string;
      roles: string;
      read_only: boolean;
      created_at: Date;
      expires_at: Date;
      last_used_at: Date | null;
    };
    'directory.sign_in_link': {
      token_hash: string;
      user_id: UserId;
      created_at: Date;
      expires_at: Date;
    };
    'directory.set_up_code': { only_one: Generated<boolean>; code_hash: string; created_at: Date };
    'directory.throttle': {
      key: string;
      failures: number;
      blocked_until: Date;
      last_failure_at: Date;
    };
  }
}
