import { Problem } from '../kernel/index.ts';

export class KeyRoleNeeded extends Problem {
  override readonly name = 'KeyRoleNeeded';
  readonly slug = 'keys/role-needed';
  readonly title = 'Key management roles are needed';
  readonly status = 403;
}

/** A required component of key management is in malfunction: the gate is closed (protocol.md B.4). */
export class KeysUnhealthy extends Problem {
  override readonly name = 'KeysUnhealthy';
  readonly slug = 'keys/unhealthy';
  readonly title = 'Key management is not healthy';
  readonly status = 503;
}

export class NoSuchKey extends Problem {
  override readonly name = 'NoSuchKey';
  readonly slug = 'keys/no-such-key';
  readonly title = 'No such module or key version';
  readonly status = 404;
}

export class KeyActionRefused extends Problem {
  override readonly name = 'KeyActionRefused';
  readonly slug = 'keys/action-refused';
  readonly title = 'The state of the key does not allow this';
  readonly status = 409;
}

export class RecoveryFileRefused extends Problem {
  override readonly name = 'RecoveryFileRefused';
  readonly slug = 'keys/recovery-file-refused';
  readonly title = 'The recovery file was not accepted';
  readonly status = 422;
}

/** A backup of keys that is altered, of another instance, or for another recipient; or a database it does not fit. */
export class KeyBackupRefused extends Problem {
  override readonly name = 'KeyBackupRefused';
  readonly slug = 'keys/backup-refused';
  readonly title = 'The backup of the keys was not accepted';
  readonly status = 422;
}

export class UnsealRefused extends Problem {
  override readonly name = 'UnsealRefused';
  readonly slug = 'keys/unseal-refused';
  readonly title = 'The instance was not unsealed';
  readonly status = 422;
}

/** The root key is missing or does not open what is in the database. */
export class KeysSealed extends Problem {
  override readonly name = 'KeysSealed';
  readonly slug = 'keys/sealed';
  readonly title = 'The instance is sealed';
  readonly status = 503;
}

/** No module access policy allows the use; a bug in the program or a policy that somebody narrowed. */
export class KeyUseRefused extends Problem {
  override readonly name = 'KeyUseRefused';
  readonly slug = 'keys/use-refused';
  readonly title = 'A key may not be used for this';
  readonly status = 503;
}

export class KeyUnavailable extends Problem {
  override readonly name = 'KeyUnavailable';
  readonly slug = 'keys/unavailable';
  readonly title = 'There is no usable key';
  readonly status = 503;
}

/** A stored value does not open: it was moved, altered, or sealed by a key that is gone. */
export class SealedValueRefused extends Problem {
  override readonly name = 'SealedValueRefused';
  readonly slug = 'keys/sealed-value-refused';
  readonly title = 'A stored secret does not open';
  readonly status = 500;
}
