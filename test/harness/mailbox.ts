import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type Mailbox = {
  /** For LIAISE_MAIL_URL. */
  readonly url: string;
  /** What was accepted, oldest first. */
  readonly messages: readonly ParsedMail[];
  /** Resolves with the next message that satisfies `wanted`, or at once with one already here. */
  next(wanted: (message: ParsedMail) => boolean): Promise<ParsedMail>;
  /** Answers every later recipient with this code and text; null: accepts again. */
  refuse(answer: { code: number; text: string } | null): void;
  stop(): Promise<void>;
};

/** A real SMTP server on loopback, in this process. `port`: to come back where it was. */
export async function openMailbox(
  options: { port?: number; user?: { name: string; password: string } } = {},
): Promise<Mailbox> {
  const messages: ParsedMail[] = [];
  const waiting: { wanted: (message: ParsedMail) => boolean; resolve: (message: ParsedMail) => void }[] = [];
  let refusal: { code: number; text: string } | null = null;
  const { user } = options;

  const server = new SMTPServer({
    authOptional: user === undefined,
    disabledCommands: user === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const known = username === user?.name && password === user?.password;
      done(known ? null : new Error('Invalid user name or password'), { user: username });
    },
    onRcptTo(_address, _session, done) {
      done(refusal === null ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
    },
    onData(stream, _session, done) {
      simpleParser(stream).then((message) => {
        messages.push(message);
        for (const waiter of waiting) if (waiter.wanted(message)) waiter.resolve(message);
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const credentials =
    user === undefined ? '' : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    messages,
    next: (wanted) => {
      const here = messages.find(wanted);
      return here === undefined ? new Promise((resolve) => waiting.push({ wanted, resolve })) : Promise.resolve(here);
    },
    refuse(answer) {
      refusal = answer;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
