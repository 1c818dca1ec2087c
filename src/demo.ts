import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoInstance, startDemoInstance } from './demo/demo-instance.ts';
import { type MailServer, openMailServer } from './demo/mail-server.ts';
import {
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  CONTACT,
  consent,
  importLink,
  linkFromWorkNote,
  PROVIDER_ADMIN,
  prepareProvider,
  registerConsumer,
  saveCompany,
  waitForProviderConnection,
  waitForRegistration,
} from './demo/registration-story.ts';
import { until } from './demo/until.ts';

const PROVIDER_PORT = 4100;
const CONSUMER_PORT = 4200;
/** What shells expect of a program that was interrupted before it was done. */
const INTERRUPTED = 130;

/**
 * `npm run demo`: two real instances and one registration carried through between them over HTTP, by the public API and the
 * pages. `--exit` stops afterwards and prints one JSON line; `--no-mail` hands the link over from the work note.
 */
async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { exit: { type: 'boolean' }, 'no-mail': { type: 'boolean' } } });
  const started = performance.now();
  let last = started;
  const say = (step: string): void => {
    const now = performance.now();
    process.stdout.write(`${String(Math.round(now - last)).padStart(6)} ms  ${step}\n`);
    last = now;
  };
  const folder = await mkdtemp(join(tmpdir(), 'liaise-demo-'));
  const mailServer = values['no-mail'] ? undefined : await openMailServer();
  const running: DemoInstance[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ instance }) => instance.close()));
    await mailServer?.close();
    await rm(folder, { recursive: true, force: true });
  };
  let exitCode = INTERRUPTED;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(exitCode)));
  }
  try {
    const mail = mailServer === undefined ? {} : { mailUrl: mailServer.url };
    const [provider, consumer] = await Promise.all([
      startDemoInstance({ folder, name: 'provider', host: '127.0.0.1', port: PROVIDER_PORT, ...mail }),
      startDemoInstance({ folder, name: 'consumer', host: 'localhost', port: CONSUMER_PORT }),
    ]);
    running.push(provider, consumer);
    say(`Two instances run: provider ${provider.origin}, consumer ${consumer.origin}`);
    const result = await story(provider, consumer, mailServer, say);
    const elapsedMs = Math.round(performance.now() - started);
    if (values.exit) {
      await stop();
      process.stdout.write(`${JSON.stringify({ ...result, elapsedMs })}\n`);
      return;
    }
    process.stdout.write(
      `\nConnected in ${elapsedMs} ms. Both consoles keep running; Ctrl-C ends them and removes their data.\n\n`,
    );
    process.stdout.write(
      `  Provider  ${provider.origin}   sign in as ${PROVIDER_ADMIN.username} / ${PROVIDER_ADMIN.password}\n`,
    );
    process.stdout.write(`            the contact: ${CONTACT.username} / ${CONTACT.password}\n`);
    process.stdout.write(
      `  Consumer  ${consumer.origin}   sign in as ${CONSUMER_ADMIN.username} / ${CONSUMER_ADMIN.password}\n`,
    );
    // From here on an interruption is how it ends; the servers keep the process alive until then.
    exitCode = 0;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function story(
  provider: DemoInstance,
  consumer: DemoInstance,
  mailServer: MailServer | undefined,
  say: (step: string) => void,
) {
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  await Promise.all([assignKeyManagementRoles(ada), assignKeyManagementRoles(carol)]);
  say('Both have an administrator, who holds the key management roles');
  const mailed = (to: string, mark: string): Promise<string> =>
    until(`mail to ${to}`, async () =>
      mailServer?.messages
        .flatMap(({ text }) => (text ?? '').match(/https?:\/\/\S+/g) ?? [])
        .find((link) => link.includes(mark)),
    );
  const contact = await prepareProvider(ada, provider.origin, (to) => mailed(to, '/welcome#'));
  say('The provider has its record, the company Contoso Retail, and Carol as its contact');
  const { number } = await registerConsumer(ada, contact, consumer.origin);
  say(`${number} is saved: Awaiting Validation`);
  await waitForRegistration(ada, number, 'open');
  say(`${number} passed the Pre-Onboarding suite: Open`);
  const link =
    mailServer === undefined ? await linkFromWorkNote(ada, number) : await mailed('the contact', '/sx/join#');
  say(mailServer === undefined ? 'The link is copied from the work note' : 'The invitation arrived by mail');
  const record = await importLink(carol, link);
  say(`${record.number}: the consumer imported the invitation of ${record.provider.name}`);
  await saveCompany(carol, record.number);
  await waitForProviderConnection(carol, record.number, 'validated');
  say(`${record.number} passed the consumer’s suite: Validated`);
  await consent(carol, record.number, CONTACT);
  say('Carol signed in at the provider as the named contact, and allowed');
  const onboarded = await waitForProviderConnection(carol, record.number, 'onboarded');
  const closed = await waitForRegistration(ada, number, 'closed-complete');
  say('Keys are exchanged, both directions proved, settings exchanged, committed');
  process.stdout.write(`\n  Safety number on both sides: ${closed.safetyNumber}\n`);
  if (closed.safetyNumber !== onboarded.safetyNumber) throw new Error('the safety numbers differ');
  return {
    registration: number,
    state: 'Closed Complete',
    providerConnection: record.number,
    consumerConnection: closed.connection,
    safetyNumber: closed.safetyNumber,
  };
}

demo().catch((error: unknown) => {
  process.stderr.write(
    `\nThe demonstration did not finish: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
