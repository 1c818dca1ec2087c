import { type Role, systemRandom, type UserActor, type UserId } from '../../src/kernel/index.ts';
import { transact } from '../../src/platform/db/index.ts';
import { defineJob, handler, type JobRunner, openJobs } from '../../src/platform/jobs/index.ts';
import { createLog } from '../../src/platform/log/index.ts';
import type { Mail } from '../../src/platform/mail/index.ts';
import {
  type Check,
  createScan,
  createWorkerLife,
  defineCheck,
  type Finding,
  requestScan,
  type Scan,
  type ScanDeps,
  type ScanRunId,
  type ScanVerdict,
  type Subject,
  type Suite,
  scanVerdict,
} from '../../src/scan/index.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { type MovableClock, movableClock } from './keys.ts';

export const registration = (number: number): Subject => ({
  kind: 'registration',
  id: `reg_${number}`,
  label: `REG000100${number}`,
});

/** A fault of this instance, the same for whoever is scanned. */
export const ownFault = (id = 'provider-record', message = 'There is no provider record.'): Finding => ({
  source: { kind: 'instance', id, label: id },
  message,
  cause: 'It was never set up.',
  remedy: 'Set it up.',
  who: 'An administrator',
});

/** A fault of one record's other instance. */
export const peerFault = (subject: Subject): Finding => ({
  ...ownFault(),
  source: subject,
  message: 'The address did not answer.',
  peer: true,
});

/** A check that does what the test says at the moment. */
export type ScriptedCheck = Check & { now: Check['run']; runs: number };

export function scriptedCheck(id: Check['id'], changed: Partial<Check> = {}): ScriptedCheck {
  const scripted: ScriptedCheck = {
    ...defineCheck({
      id,
      name: `name of ${id}`,
      category: 'Test',
      priority: 'high',
      side: 'both',
      summary: `summary of ${id}`,
      description: 'Does what the test says.',
      remedy: 'Say otherwise.',
      run: async () => [],
      ...changed,
    }),
    now: async () => [],
    runs: 0,
  };
  return Object.assign(scripted, {
    run: (context: Parameters<Check['run']>[0]) => {
      scripted.runs += 1;
      return scripted.now(context);
    },
  });
}

export const admin: UserActor = {
  kind: 'user',
  id: `usr_${'a'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set<Role>(['admin']),
  via: 'session',
  authenticatedAt: new Date(0),
};

export type ScanBench = {
  readonly database: TestDatabase;
  readonly deps: ScanDeps;
  readonly scan: Scan;
  readonly jobs: JobRunner;
  readonly clock: MovableClock;
  /** Told so far, oldest first. */
  readonly verdicts: ScanVerdict[];
  /** Queued so far. */
  readonly mails: { readonly mail: Mail; readonly payload: unknown }[];
  /** Announced so far. */
  readonly published: string[];
  request(subject: Subject, options?: { watch?: boolean; side?: 'provider' | 'consumer' }): Promise<ScanRunId>;
  /** A fresh start: nothing scanned, nothing told, and this suite. */
  begin(suite: Omit<Suite, 'name' | 'title'>): Promise<void>;
  close(): Promise<void>;
};

const told = defineJob({ name: 'test.told', payload: scanVerdict });

/** A scan engine over a database of its own; `jobs.drain()` runs what is due by `clock`. Begin each test with begin(). */
export async function scanBench(): Promise<ScanBench> {
  const database = await testDatabase();
  const { open, db } = database;
  const clock = movableClock();
  const log = createLog({ logLevel: 'silent' });
  const jobs = await openJobs({ open, clock, log });
  const suites: Suite[] = [];
  const verdicts: ScanVerdict[] = [];
  const mails: ScanBench['mails'] = [];
  const published: string[] = [];
  const random = systemRandom;
  const deps: ScanDeps = {
    ...{ db, jobs, clock, random, log },
    changes: { publish: async (_tx, record) => void published.push(record) },
    suites,
    mail: {
      on: true,
      send: async (_tx, mail, payload) => {
        mails.push({ mail: mail as unknown as Mail, payload });
        return null;
      },
    },
    workers: createWorkerLife({ db, clock, random, version: '1.0.0' }),
  };
  const scan = createScan(deps);
  await jobs.work([...scan.jobHandlers, handler(told, async (verdict) => void verdicts.push(verdict))]);
  await scan.start();
  await scan.stop();
  return {
    ...{ database, deps, scan, jobs, clock, verdicts, mails, published },
    request: (subject, { watch = true, side = 'provider' } = {}) =>
      transact(db, (tx) => requestScan(deps, tx, { suite: 'pre-onboarding', side, subject, replyTo: told, watch })),
    begin: async (suite) => {
      await open.executeSql(
        'truncate scan.run, scan.watch, scan.issue, scan.issue_subject, scan.issue_activity, scan.issue_follower, scan.error, scan.worker',
      );
      await open.executeSql('delete from pgboss.job');
      suites.splice(0, 1, { name: 'pre-onboarding', title: 'Pre-Onboarding', ...suite });
      verdicts.length = 0;
      mails.length = 0;
      published.length = 0;
    },
    close: async () => {
      await jobs.stop();
      await database.drop();
    },
  };
}
