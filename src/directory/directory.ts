import type { Clock, Random } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import type { Authenticate, Endpoint } from '../platform/http/index.ts';
import type { JobHandler, Jobs } from '../platform/jobs/index.ts';
import type { AnyMail, MailSender } from '../platform/mail/index.ts';
import { createAuthenticate } from './authenticate.ts';
import { passwordForgottenHandler } from './forgot-password.ts';
import { createPageSessions, type PageSessions } from './page-sessions.ts';
import { createPasswords, type PasswordCost } from './password.ts';
import { removeExpiredHandler } from './remove-expired.ts';
import { directoryEndpoints } from './routes.ts';
import type { SessionCookies } from './session-cookie.ts';
import { sessionEndpoints } from './session-routes.ts';
import { renewSetUpCode } from './set-up-code.ts';
import { signInLinkMail } from './sign-in-link-mail.ts';

export type DirectoryDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  readonly mail: MailSender;
  /** Where one-time links lead; null: they are given as paths of this instance. */
  readonly publicUrl: URL | null;
  /** The `session` and `secure` of cookieNames(). */
  readonly cookies: SessionCookies;
  /** Left out: PASSWORD_COST. Tests hash many passwords and hand in less. */
  readonly passwordCost?: PasswordCost;
};

export type Directory = PageSessions & {
  readonly authenticate: Authenticate;
  readonly endpoints: readonly Endpoint[];
  readonly jobHandlers: readonly JobHandler[];
  /** To be registered with the mailer. */
  readonly mails: readonly AnyMail[];
  /** A new one-time code for POST /api/setup, to be printed to the log at start; null once a person exists. */
  firstAdministratorCode(): Promise<string | null>;
};

export function createDirectory(given: DirectoryDeps): Directory {
  const linkMail = signInLinkMail(given);
  const deps = { ...given, passwords: createPasswords(given.random, given.passwordCost), signInLinkMail: linkMail };
  return {
    ...createPageSessions(deps),
    authenticate: createAuthenticate(deps),
    endpoints: [...sessionEndpoints(deps), ...directoryEndpoints(deps)],
    jobHandlers: [passwordForgottenHandler(deps), removeExpiredHandler(deps)],
    mails: [linkMail],
    firstAdministratorCode: () => renewSetUpCode(deps),
  };
}
