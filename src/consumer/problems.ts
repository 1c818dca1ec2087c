import { Problem } from '../kernel/index.ts';

export class ProviderConnectionNotFound extends Problem {
  override readonly name = 'ProviderConnectionNotFound';
  readonly slug = 'consumer/provider-connection-not-found';
  readonly title = 'No such provider connection';
  readonly status = 404;

  constructor(number: string) {
    super(`There is no provider connection ${number}. Check the number in Provider Connections.`);
  }
}

/** The link does not hold: damaged, expired, or not signed by the instance it names. Nothing was stored. */
export class LinkRefused extends Problem {
  override readonly name = 'LinkRefused';
  readonly slug = 'consumer/link-refused';
  readonly title = 'This registration link cannot be used';
  readonly status = 422;
}

export class LinkForAnotherInstance extends Problem {
  override readonly name = 'LinkForAnotherInstance';
  readonly slug = 'consumer/link-for-another-instance';
  readonly title = 'This registration link is for another instance';
  readonly status = 422;
}

export class ProviderUnreachable extends Problem {
  override readonly name = 'ProviderUnreachable';
  readonly slug = 'consumer/provider-unreachable';
  readonly title = 'The provider does not answer';
  readonly status = 502;
}

export class ProviderRefused extends Problem {
  override readonly name = 'ProviderRefused';
  readonly slug = 'consumer/provider-refused';
  readonly title = 'The provider refused the attempt';
  readonly status = 409;
}

/** The record is in a state in which this cannot be done; nothing was changed. */
export class ProviderConnectionStateProblem extends Problem {
  override readonly name = 'ProviderConnectionStateProblem';
  readonly slug = 'consumer/provider-connection-state';
  readonly title = 'The record’s state does not allow this';
  readonly status = 409;
}
