import { Problem } from '../kernel/index.ts';

export class ProviderExists extends Problem {
  override readonly name = 'ProviderExists';
  readonly slug = 'provider/provider-exists';
  readonly title = 'This instance already has its provider record';
  readonly status = 409;
}

export class RegistrationNotFound extends Problem {
  override readonly name = 'RegistrationNotFound';
  readonly slug = 'provider/registration-not-found';
  readonly title = 'No such registration';
  readonly status = 404;

  constructor(number: string) {
    super(`There is no registration ${number} that you may read. Check the number in Consumer Registrations.`);
  }
}

export class ConsumerConnectionNotFound extends Problem {
  override readonly name = 'ConsumerConnectionNotFound';
  readonly slug = 'provider/consumer-connection-not-found';
  readonly title = 'No such consumer connection';
  readonly status = 404;
}

export class RegistrationDuplicate extends Problem {
  override readonly name = 'RegistrationDuplicate';
  readonly slug = 'provider/registration-duplicate';
  readonly title = 'This consumer is registered already';
  readonly status = 409;
}

/** The registration is in a state in which this cannot be done; nothing was changed. */
export class RegistrationState extends Problem {
  override readonly name = 'RegistrationState';
  readonly slug = 'provider/registration-state';
  readonly title = 'The registration’s state does not allow this';
  readonly status = 409;
}
