import { Problem, type Role } from '../kernel/index.ts';

export class CompanyNameTaken extends Problem {
  override readonly name = 'CompanyNameTaken';
  readonly slug = 'directory/company-name-taken';
  readonly title = 'Another company has this name';
  readonly status = 409;
  constructor() {
    const message = 'Another company has this name; case is ignored.';
    super(`${message} Nothing was saved. Choose another name.`, { fields: [{ field: 'name', message }] });
  }
}

export class UsernameTaken extends Problem {
  override readonly name = 'UsernameTaken';
  readonly slug = 'directory/username-taken';
  readonly title = 'Another person has this username';
  readonly status = 409;
  constructor() {
    const message = 'Another person has this username; case is ignored.';
    super(`${message} Nothing was saved. Choose another one.`, { fields: [{ field: 'username', message }] });
  }
}

export class RoleNotYoursToGive extends Problem {
  override readonly name = 'RoleNotYoursToGive';
  readonly slug = 'directory/role-not-yours-to-give';
  readonly title = 'You cannot give or take this role';
  readonly status = 403;
  constructor(role: Role, givenBy: string) {
    const message = `The role ${role} is given and taken by ${givenBy}.`;
    super(`${message} Nothing was saved. Ask one of those people.`, { fields: [{ field: 'roles', message }] });
  }
}

export class PersonOutOfReach extends Problem {
  override readonly name = 'PersonOutOfReach';
  readonly slug = 'directory/person-out-of-reach';
  readonly title = 'You cannot change how this person signs in';
  readonly status = 403;
  constructor(role: Role, givenBy: string) {
    super(
      `This person holds the role ${role}. Whoever could sign in as this person would hold it too, so only those who can ` +
        `give it may change the username or e-mail address, or make a sign-in link: ${givenBy}. Nothing was done.`,
    );
  }
}

export class PersonInactive extends Problem {
  override readonly name = 'PersonInactive';
  readonly slug = 'directory/person-inactive';
  readonly title = 'This person is inactive';
  readonly status = 409;
  constructor() {
    super('This person is inactive, so no sign-in link was made. Set the person active first.');
  }
}

export class LastAdministrator extends Problem {
  override readonly name = 'LastAdministrator';
  readonly slug = 'directory/last-administrator';
  readonly title = 'Somebody must keep these roles';
  readonly status = 409;
  constructor(roles: readonly Role[]) {
    const held = roles.join(' and ');
    super(
      `This is the last active person who holds ${held}, and without one nobody could give ${held} again. ` +
        'Nothing was saved. Give it to another active person first.',
    );
  }
}

export class SetUpDone extends Problem {
  override readonly name = 'SetUpDone';
  readonly slug = 'directory/set-up-done';
  readonly title = 'This instance already has its first administrator';
  readonly status = 409;
  constructor() {
    super(
      'The first administrator exists already, so nobody was created. Sign in, or ask an administrator for a link.',
    );
  }
}

export class SetUpCodeWrong extends Problem {
  override readonly name = 'SetUpCodeWrong';
  readonly slug = 'directory/set-up-code-wrong';
  readonly title = 'The set-up code is not right';
  readonly status = 403;
  constructor() {
    const message = 'This is not the set-up code of the latest start.';
    super(
      `${message} Nobody was created. Copy the code from the end of the program's log; every start prints a new one.`,
      {
        fields: [{ field: 'code', message }],
      },
    );
  }
}

export class SignInRefused extends Problem {
  override readonly name = 'SignInRefused';
  readonly slug = 'directory/sign-in-refused';
  readonly title = 'Username or password is not right';
  readonly status = 401;
  constructor() {
    super(
      'Username or password is not right, or the person is inactive. You are not signed in. Try again, or ask for a link.',
    );
  }
}

export class TooManyAttempts extends Problem {
  override readonly name = 'TooManyAttempts';
  readonly slug = 'directory/too-many-attempts';
  readonly title = 'Too many attempts';
  readonly status = 429;
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(
      `Too many attempts failed, so this one was not looked at. Try again in ${retryAfterSeconds} seconds; ` +
        'each further failure makes the wait longer.',
      { extra: { retryAfterSeconds } },
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class SessionNeeded extends Problem {
  override readonly name = 'SessionNeeded';
  readonly slug = 'directory/session-needed';
  readonly title = 'A program cannot do this';
  readonly status = 403;
  constructor() {
    super(
      'API tokens cannot change passwords, sign out or make other tokens. Nothing was done. Sign in and do it yourself.',
    );
  }
}

export class TokenReadOnly extends Problem {
  override readonly name = 'TokenReadOnly';
  readonly slug = 'directory/token-read-only';
  readonly title = 'This API token only reads';
  readonly status = 403;
  constructor() {
    super('This API token was made read-only, so nothing was done. Use a token that may write.');
  }
}

export class CurrentPasswordWrong extends Problem {
  override readonly name = 'CurrentPasswordWrong';
  readonly slug = 'directory/current-password-wrong';
  readonly title = 'The current password is not right';
  readonly status = 422;
  constructor() {
    const message = 'This is not your current password.';
    super(`${message} It was not changed. Type it again, or ask for a sign-in link.`, {
      fields: [{ field: 'currentPassword', message }],
    });
  }
}

export class SignInLinkSpent extends Problem {
  override readonly name = 'SignInLinkSpent';
  readonly slug = 'directory/sign-in-link-spent';
  readonly title = 'This sign-in link does not work any more';
  readonly status = 410;
  constructor() {
    super(
      'A sign-in link works once and for 24 hours; this one was used, replaced or has expired. You are not signed in. ' +
        'Ask for a new one.',
    );
  }
}

export class MailOff extends Problem {
  override readonly name = 'MailOff';
  readonly slug = 'directory/mail-off';
  readonly title = 'This instance sends no mail';
  readonly status = 409;
  constructor() {
    super('This instance sends no mail, so no link was sent. Ask an administrator for a one-time sign-in link.');
  }
}

export class TooManyApiTokens extends Problem {
  override readonly name = 'TooManyApiTokens';
  readonly slug = 'directory/too-many-api-tokens';
  readonly title = 'You have too many API tokens';
  readonly status = 409;
  constructor(most: number) {
    super(`You have ${most} API tokens, which is the most. None was made. Delete one that is not used any more.`);
  }
}
