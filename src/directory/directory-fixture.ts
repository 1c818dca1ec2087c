import { testDatabase } from '../../test/harness/database.ts';
import { openMailbox } from '../../test/harness/mailbox.ts';
import { createPeople } from '../../test/harness/people.ts';
import { type CallOf, type OutputOf, type Route, secret, systemRandom } from '../kernel/index.ts';
import type { Config } from '../platform/config/index.ts';
import { buildServer, cookieNames } from '../platform/http/index.ts';
import { openJobs } from '../platform/jobs/index.ts';
import { createLog } from '../platform/log/index.ts';
import { createMail } from '../platform/mail/index.ts';
import { createDirectory } from './directory.ts';

const publicUrl = new URL('https://exchange.example.com');
export const cookies = cookieNames(publicUrl, '00000000');

/** Little memory and one pass: the tests prove who is let in, not how long guessing takes. */
const passwordCost = { memoryKiB: 64, passes: 1 };

export type Answer<Body> = {
  readonly status: number;
  readonly body: Body & { type?: string; errors?: { field: string; message: string }[]; detail?: string };
  readonly headers: Record<string, unknown>;
  /** The session cookie this answer sets, as the browser would send it; null when it sets none. */
  readonly cookie: string | null;
};

type Caller = { readonly headers?: Record<string, string>; readonly address?: string };

/** The directory behind a real server, on a database of its own, with a clock that the test moves. */
export async function openDirectory(options: { mail?: boolean; sealed?: boolean } = {}) {
  const database = await testDatabase();
  let instant = new Date('2026-01-05T09:00:00Z');
  const clock = { now: () => instant };
  const log = createLog({ logLevel: 'silent' });
  const random = systemRandom;
  const { db, open } = database;
  const jobs = await openJobs({ open, clock, log });
  const mailbox = options.mail === true ? await openMailbox() : null;
  const from = 'Liaise <liaise@provider.example>';
  const settings: Config['mail'] = mailbox === null ? { on: false } : { on: true, url: secret(mailbox.url), from };
  const mail = createMail({ db, jobs, config: { mail: settings }, clock, random, log });
  const directory = createDirectory({ db, clock, random, jobs, mail, publicUrl, cookies, passwordCost });
  mail.register(directory.mails);
  await jobs.work([...mail.jobHandlers, ...directory.jobHandlers]);
  const app = await buildServer({
    config: { publicUrl, trustProxy: [] },
    log,
    random,
    endpoints: directory.endpoints,
    plugins: [],
    authenticate: directory.authenticate,
    changes: { subscribe: () => () => undefined },
    mayWatch: async () => true,
    sealed: () => options.sealed === true,
    readiness: async () => [],
    consoleDir: '/nonexistent',
    version: '0.0.0',
  });

  return {
    db,
    clock,
    jobs,
    directory,
    mailbox,
    people: createPeople({ db, clock, cookies }),
    /** Moves the clock forward. */
    pass: (milliseconds: number) => {
      instant = new Date(instant.getTime() + milliseconds);
    },
    /** `address`: whom the server sees; tests of refused sign-ins use one each. */
    call: async <R extends Route>(route: R, sent: CallOf<R>, caller: Caller = {}): Promise<Answer<OutputOf<R>>> => {
      const { params, query, input } = sent as Record<string, Record<string, string> | undefined>;
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params?.[name]));
      const answer = await app.inject({
        method: route.method,
        url: path,
        query: query ?? {},
        headers: caller.headers ?? {},
        remoteAddress: caller.address ?? '192.0.2.1',
        ...(input !== undefined && { payload: input }),
      });
      const set = answer.cookies.find(({ name }) => name === cookies.session);
      return {
        status: answer.statusCode,
        body: answer.json(),
        headers: answer.headers,
        cookie: set === undefined ? null : `${set.name}=${set.value}`,
      };
    },
    close: async () => {
      await app.close();
      await jobs.stop();
      await mailbox?.stop();
      await database.drop();
    },
  };
}

export type OpenedDirectory = Awaited<ReturnType<typeof openDirectory>>;
