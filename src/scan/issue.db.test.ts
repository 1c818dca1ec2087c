import { afterAll, describe, expect, test } from 'vitest';
import {
  admin,
  ownFault,
  peerFault,
  registration,
  type ScanBench,
  type ScriptedCheck,
  scanBench,
  scriptedCheck,
} from '../../test/harness/scan.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { muteIssue, unmuteIssue } from './change-issue.ts';
import { openIssues, stopWatching } from './index.ts';
import { findIssue } from './issue-repo.ts';
import { validateIssue } from './validate-issue.ts';

const subject = registration(1);
const bench: ScanBench = await scanBench();
let check: ScriptedCheck;
let other: ScriptedCheck;
afterAll(() => bench.close());

/** Two checks; the first fails from the start. */
async function failing(): Promise<void> {
  check = scriptedCheck('CHK-01');
  check.now = async () => [ownFault()];
  other = scriptedCheck('CHK-02');
  await bench.begin({ checks: [check, other] });
  await scan();
}

async function scan(...subjects: (typeof subject)[]): Promise<void> {
  for (const each of subjects.length === 0 ? [subject] : subjects) await bench.request(each);
  await bench.jobs.drain();
}

async function pass(milliseconds: number): Promise<void> {
  bench.clock.move(milliseconds);
  await bench.jobs.drain();
}

const issues = (of = subject) => openIssues(bench.database.db, of);
const outcomes = (of = subject) =>
  bench.verdicts.filter(({ subjectId }) => subjectId === of.id).map(({ outcome }) => outcome);

async function onlyIssue() {
  const [issue, ...more] = await issues();
  if (issue === undefined || more.length > 0) throw new Error('one open issue was expected');
  return issue;
}

describe('an issue', () => {
  test('SCN-03 ST-20 is opened by a finding, with what a person needs to act', async () => {
    await failing();
    expect(await onlyIssue()).toMatchObject({
      check_id: 'CHK-01',
      status: 'open',
      source_id: 'provider-record',
      message: 'There is no provider record.',
      cause: 'It was never set up.',
      remedy: 'Set it up.',
      who: 'An administrator',
      detections: 1,
    });
  });

  test('SCN-03 HLT-11 is updated, not doubled, when it is met again', async () => {
    await failing();
    const before = await onlyIssue();
    check.now = async () => [ownFault('provider-record', 'Still none.')];
    await pass(20 * SECOND_MS);
    const after = await onlyIssue();
    expect(after).toMatchObject({ id: before.id, detections: 2, message: 'Still none.' });
    expect(after.last_detected_at.getTime() - after.first_detected_at.getTime()).toBe(20 * SECOND_MS);
  });

  test('ST-20 is resolved by a run that no longer meets it, and a recurrence opens a new one', async () => {
    await failing();
    const first = await onlyIssue();
    check.now = async () => [];
    await pass(20 * SECOND_MS);
    expect(await findIssue(bench.database.db, first.id)).toMatchObject({ status: 'resolved' });
    check.now = async () => [ownFault()];
    await scan();
    expect((await onlyIssue()).id).not.toBe(first.id);
  });

  test('of a record that is withdrawn is resolved, unless it holds up others', async () => {
    await failing();
    await scan(registration(2));
    const issue = await onlyIssue();
    await transact(bench.database.db, (tx) => stopWatching(tx, subject));
    await pass(5 * SECOND_MS);
    expect(await issues()).toEqual([]);
    expect(await findIssue(bench.database.db, issue.id)).toMatchObject({ status: 'open' });
    await transact(bench.database.db, (tx) => stopWatching(tx, registration(2)));
    await pass(5 * SECOND_MS);
    expect(await findIssue(bench.database.db, issue.id)).toMatchObject({ status: 'resolved' });
  });
});

describe('Validate & Resolve', () => {
  test('HLT-03 REG-54 resolves what is gone, and the record goes on without anybody touching it', async () => {
    await failing();
    check.now = async () => [];
    expect(await validateIssue(bench.deps, admin, (await onlyIssue()).id)).toEqual({ outcome: 'resolved' });
    expect(await issues()).toEqual([]);
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['failed', 'passed']);
  });

  test('HLT-03 says so when the fault is still there, with what it is now', async () => {
    await failing();
    check.now = async () => [ownFault('provider-record', 'Its name is empty.')];
    const { id } = await onlyIssue();
    const validation = await validateIssue(bench.deps, admin, id);
    expect(validation).toMatchObject({ outcome: 'still-there', finding: { message: 'Its name is empty.' } });
    expect(await onlyIssue()).toMatchObject({ id, message: 'Its name is empty.', detections: 2 });
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['failed']);
  });

  test.each(['throws', 'times out'])('a check that %s has not seen the fault gone', async (how) => {
    await failing();
    Object.assign(check, { timeoutMs: 20 });
    check.now = () => (how === 'throws' ? Promise.reject(new Error('no')) : new Promise<never>(() => undefined));
    const { id } = await onlyIssue();
    expect(await validateIssue(bench.deps, admin, id)).toMatchObject({ outcome: 'still-there' });
    expect(await onlyIssue()).toMatchObject({ id, source_id: 'provider-record' });
  });

  test('REG-53 one of several issues resolved leaves the record failed', async () => {
    await failing();
    other.now = async () => [ownFault('base-url')];
    await pass(20 * SECOND_MS);
    const [first, second] = await issues();
    expect(second).toBeDefined();
    check.now = async () => [];
    const fixed = first?.check_id === 'CHK-01' ? first : second;
    if (fixed === undefined) throw new Error('two issues were expected');
    await validateIssue(bench.deps, admin, fixed.id);
    await bench.jobs.drain();
    expect(await issues()).toHaveLength(1);
    expect(outcomes()).toEqual(['failed']);
  });

  test('REG-56 of two issues at the same time lets the record go on once', async () => {
    await failing();
    other.now = async () => [ownFault('base-url')];
    await pass(20 * SECOND_MS);
    const both = await issues();
    check.now = other.now = async () => [];
    await Promise.all(both.map(({ id }) => validateIssue(bench.deps, admin, id)));
    await Promise.all([bench.scan.resumeWatched('key management recovered'), bench.scan.resumeWatched('again')]);
    await bench.jobs.drain();
    await pass(DAY_MS);
    expect(outcomes()).toEqual(['failed', 'passed']);
  });

  test('of an issue that is resolved already says resolved and runs nothing', async () => {
    await failing();
    const { id } = await onlyIssue();
    check.now = async () => [];
    await pass(20 * SECOND_MS);
    const before = check.runs;
    expect(await validateIssue(bench.deps, admin, id)).toEqual({ outcome: 'resolved' });
    expect(check.runs).toBe(before);
  });
});

describe('muting', () => {
  test('REG-57 hides an issue and opens nothing', async () => {
    await failing();
    const { id } = await onlyIssue();
    await muteIssue(bench.deps, admin, id, 'We know.');
    await bench.scan.resumeWatched('a test');
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['failed']);
    expect(await onlyIssue()).toMatchObject({ id, muted_reason: 'We know.', status: 'open' });
    await unmuteIssue(bench.deps, admin, id);
    expect(await onlyIssue()).toMatchObject({ muted_reason: null });
  });
});

describe('a watched record', () => {
  test('REG-54 is run again by itself until it passes, and then no more', async () => {
    await failing();
    await pass(19 * SECOND_MS);
    expect(check.runs).toBe(1);
    await pass(5 * SECOND_MS);
    expect(check.runs).toBe(2);
    check.now = async () => [];
    await pass(20 * SECOND_MS);
    expect(outcomes()).toEqual(['failed', 'passed']);
    await pass(DAY_MS);
    expect(check.runs).toBe(3);
  });

  test('is told of a change only', async () => {
    await failing();
    await pass(20 * SECOND_MS);
    await pass(20 * SECOND_MS);
    expect([check.runs, outcomes()]).toEqual([3, ['failed']]);
  });

  test('REG-37 whose node is gone is taken up by another', async () => {
    await failing();
    check.now = async () => [];
    const { jobHandlers } = (await import('./create-scan.ts')).createScan(bench.deps);
    bench.clock.move(20 * SECOND_MS);
    const tick = jobHandlers.find(({ job }) => job.name === 'scan.run-watched');
    const context = { attempt: 1, signal: new AbortController().signal };
    await Promise.all([tick?.handle({}, context), tick?.handle({}, context)]);
    await bench.jobs.drain();
    expect([check.runs, outcomes()]).toEqual([2, ['failed', 'passed']]);
  });

  test('REG-58 many that fail for one cause share one issue, and all go on once it is gone', async () => {
    await failing();
    const others = [registration(2), registration(3)];
    await scan(...others);
    const shared = (await Promise.all([subject, ...others].map((each) => issues(each)))).flat();
    expect(new Set(shared.map(({ id }) => id)).size).toBe(1);
    expect(shared).toHaveLength(3);
    check.now = async () => [];
    await validateIssue(bench.deps, admin, (await onlyIssue()).id);
    await bench.jobs.drain();
    for (const each of [subject, ...others]) expect(outcomes(each)).toEqual(['failed', 'passed']);
  });

  test('REG-58 one that finds the cause gone takes the others along', async () => {
    await failing();
    await scan(registration(2));
    bench.clock.move(19 * SECOND_MS);
    check.now = async () => [];
    await scan(registration(2));
    await pass(5 * SECOND_MS);
    expect(outcomes()).toEqual(['failed', 'passed']);
  });

  test('a cause that is gone for one record only stays an issue of the other', async () => {
    await failing();
    await scan(registration(2));
    check.now = async (context) => (context.subject.id === subject.id ? [] : [ownFault()]);
    await pass(20 * SECOND_MS);
    expect(await issues()).toEqual([]);
    expect(await issues(registration(2))).toHaveLength(1);
    expect(outcomes(registration(2))).toEqual(['failed']);
  });

  test('is run again at once when something recovers, also while a run is going on', async () => {
    await failing();
    const { promise, resolve } = Promise.withResolvers<void>();
    check.now = async () => {
      await promise;
      return [ownFault()];
    };
    bench.clock.move(20 * SECOND_MS);
    const draining = bench.jobs.drain();
    await expect.poll(() => check.runs).toBe(2);
    check.now = async () => [];
    await bench.scan.resumeWatched('key management recovered');
    resolve();
    await draining;
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['failed', 'passed']);
  });

  test('asks a failing peer every 30 s, and not oftener because of a fault of its own', async () => {
    await failing();
    const peer = scriptedCheck('NET-01', { peer: true });
    peer.now = async ({ subject: record }) => [peerFault(record)];
    Object.assign(bench.deps.suites[0] as object, { checks: [check, peer, other] });
    await scan();
    const [checkRuns, peerRuns, otherRuns] = [check.runs, peer.runs, other.runs];
    await pass(20 * SECOND_MS);
    expect([check.runs - checkRuns, peer.runs - peerRuns, other.runs - otherRuns]).toEqual([1, 0, 0]);
    expect(await issues()).toHaveLength(2);
    await pass(20 * SECOND_MS);
    expect([check.runs - checkRuns, peer.runs - peerRuns]).toEqual([2, 1]);
    check.now = async () => [];
    await pass(20 * SECOND_MS);
    expect(peer.runs - peerRuns).toBe(2);
    expect((await onlyIssue()).peer).toBe(true);
    peer.now = async () => [];
    await pass(30 * SECOND_MS);
    expect(outcomes().at(-1)).toBe('passed');
  });

  test('asks a peer that stays silent ever less, and at last no more until it is woken', async () => {
    check = scriptedCheck('NET-01', { peer: true });
    check.now = async ({ subject: record }) => [peerFault(record)];
    await bench.begin({ checks: [check] });
    await scan();
    await pass(10 * MINUTE_MS);
    const runs = check.runs;
    await pass(4 * MINUTE_MS);
    expect(check.runs).toBe(runs);
    await pass(MINUTE_MS);
    expect(check.runs).toBe(runs + 1);
    await pass(14 * DAY_MS);
    const last = check.runs;
    await pass(DAY_MS);
    expect(check.runs).toBe(last);
    check.now = async () => [];
    await bench.scan.resumeWatched('a test');
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['failed', 'passed']);
  });

  test('a peer check that times out is repeated as the peer’s fault, on its record', async () => {
    check = scriptedCheck('NET-01', { peer: true, timeoutMs: 20 });
    check.now = () => new Promise<never>(() => undefined);
    await bench.begin({ checks: [check] });
    await scan();
    expect(await onlyIssue()).toMatchObject({ peer: true, source_id: subject.id });
    await pass(20 * SECOND_MS);
    expect(check.runs).toBe(1);
    await pass(10 * SECOND_MS);
    expect(check.runs).toBe(2);
  });
});
