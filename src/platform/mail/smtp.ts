import { createTransport } from 'nodemailer';
import { err, ok, type Result, type Secret } from '../../kernel/index.ts';
import type { MailContent } from './mail.ts';
import { isMailAddress } from './mail-address.ts';

export type SmtpFailure = {
  /** True where trying again cannot help: the server refused this recipient or this message for good. */
  readonly permanent: boolean;
  readonly message: string;
};

export type Smtp = {
  send(mail: MailContent & { readonly messageId: string; readonly date: Date }): Promise<Result<void, SmtpFailure>>;
  /** Greets the server and signs in, sends nothing. */
  check(): Promise<Result<void, SmtpFailure>>;
};

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/** url: `smtp://` (STARTTLS where offered) or `smtps://`, with user and password where the server wants them. */
export function openSmtp(url: Secret, from: string): Smtp {
  const { protocol, hostname, port, username, password } = new URL(url.reveal());
  const secure = protocol === 'smtps:';
  const signsIn = username !== '';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // A password never travels in clear, except inside this machine.
    requireTLS: signsIn && !LOOPBACK.test(hostname),
    ...(signsIn && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  async function attempt(act: () => Promise<unknown>): Promise<Result<void, SmtpFailure>> {
    try {
      await act();
      return ok(undefined);
    } catch (thrown) {
      return err(failureOf(thrown));
    }
  }

  return {
    check: () => attempt(() => transport.verify()),
    send: async ({ to, subject, html, text, messageId, date }) => {
      if (!isMailAddress(to.address))
        return err({ permanent: true, message: 'The address of the recipient is not valid.' });
      return attempt(() =>
        transport.sendMail({
          from,
          to: { name: oneLine(to.name ?? ''), address: to.address },
          subject: oneLine(subject),
          html,
          text,
          messageId,
          date,
          headers: { 'Auto-Submitted': 'auto-generated' },
        }),
      );
    },
  };
}

/** A line break in a header would begin another header. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();

/** Only answers to the recipient or the message itself are final; a refused sign-in is a setting somebody will correct. */
function failureOf(thrown: unknown): SmtpFailure {
  const { responseCode, command, response, code, message } = thrown as Error & {
    responseCode?: number;
    command?: string;
    response?: string;
    code?: string;
  };
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA' || code === 'EENVELOPE' || code === 'EMESSAGE';
  const permanent = aboutThisMail && responseCode !== undefined && responseCode >= 500 && responseCode < 600;
  return { permanent, message: `The mail server did not take the mail: ${oneLine(response ?? message).slice(0, 200)}` };
}
