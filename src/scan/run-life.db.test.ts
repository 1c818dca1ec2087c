import { afterAll, describe, expect, test } from 'vitest';
import { admin, ownFault, registration, type ScanBench, scanBench, scriptedCheck } from '../../test/harness/scan.ts';
import { DAY_MS } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { cancelRun } from './cancel-run.ts';
import { findRun, openIssues, requestScan, type ScanRunId } from './index.ts';
import { performScan } from './perform-scan.ts';
import { RunEnded, RunNotFound, RunOfRecord } from './problems.ts';
import { scanRunId } from './scan-run.ts';
import { wholeInstance } from './subject.ts';

const bench: ScanBench = await scanBench();
afterAll(() => bench.close());

const whole = wholeInstance('provider');
const never = () => new Promise<never>(() => undefined);
const runByHand = (): Promise<ScanRunId> =>
  transact(bench.database.db, (tx) =>
    requestScan(bench.deps, tx, { suite: 'pre-onboarding', side: 'provider', subject: whole, watch: false }),
  );
const stateOf = async (id: ScanRunId) => {
  const run = await findRun(bench.database.db, id);
  return {
    status: run?.status,
    outcome: run?.outcome,
    reason: run?.reason,
    checks: run?.results.map(({ status }) => status),
  };
};

describe('SCN-08 ST-21 cancelling', () => {
  test('a run that waits ends it at once', async () => {
    const check = scriptedCheck('CHK-01');
    await bench.begin({ checks: [check] });
    const id = await runByHand();
    await cancelRun(bench.deps, admin, id);
    await bench.jobs.drain();
    expect(await stateOf(id)).toMatchObject({ status: 'cancelled', outcome: null, reason: 'Cancelled by ada.' });
    expect(check.runs).toBe(0);
  });

  test('a run that goes on stops it, and what it found so far stays', async () => {
    const [finding, hanging] = [scriptedCheck('CHK-01'), scriptedCheck('CHK-02')];
    finding.now = async () => [ownFault()];
    hanging.now = never;
    await bench.begin({ checks: [finding, hanging] });
    const id = await runByHand();
    const running = performScan(bench.deps, id, { attempt: 1, signal: new AbortController().signal });
    await expect.poll(() => hanging.runs).toBe(1);
    await cancelRun(bench.deps, admin, id);
    await running;
    expect(await stateOf(id)).toEqual({
      status: 'cancelled',
      outcome: null,
      reason: 'Cancelled by ada.',
      checks: ['failed', 'waiting'],
    });
    expect(await openIssues(bench.database.db, whole)).toMatchObject([{ check_id: 'CHK-01' }]);
  });

  test('leaves the next run free to start', async () => {
    await bench.begin({ checks: [scriptedCheck('CHK-01')] });
    await cancelRun(bench.deps, admin, await runByHand());
    const next = await runByHand();
    await bench.jobs.drain();
    expect(await stateOf(next)).toMatchObject({ status: 'complete', outcome: 'passed' });
  });

  test('is refused for a run that a record waits for, for one that has ended, and for none', async () => {
    await bench.begin({ checks: [scriptedCheck('CHK-01')] });
    const ofRecord = await bench.request(registration(1));
    await expect(cancelRun(bench.deps, admin, ofRecord)).rejects.toThrow(RunOfRecord);
    const ended = await runByHand();
    await bench.jobs.drain();
    await expect(cancelRun(bench.deps, admin, ended)).rejects.toThrow(RunEnded);
    await expect(cancelRun(bench.deps, admin, scanRunId.create(bench.deps.random))).rejects.toThrow(RunNotFound);
    expect(await stateOf(ofRecord)).toMatchObject({ status: 'complete', outcome: 'passed' });
  });
});

test('SCN-10 a run that outlasts its time has failed, and what it found so far stays', async () => {
  const [finding, hanging] = [scriptedCheck('CHK-01'), scriptedCheck('CHK-02')];
  finding.now = async () => [ownFault()];
  hanging.now = never;
  await bench.begin({ checks: [finding, hanging], timeoutMs: 50 });
  const id = await bench.request(registration(1));
  await bench.jobs.drain();
  expect(await stateOf(id)).toEqual({
    status: 'failed',
    outcome: 'failed',
    reason: 'It did not come to an end within 0.05 seconds.',
    checks: ['failed', 'waiting'],
  });
  expect(bench.verdicts).toMatchObject([{ outcome: 'failed' }]);
  const issues = await openIssues(bench.database.db, registration(1));
  expect(issues.map(({ check_id }) => check_id).toSorted()).toEqual(['CHK-01', 'SCAN-00']);
});

test('SUI-04 SUI-05 a daily suite is run in both roles, once a day', async () => {
  const check = scriptedCheck('CHK-01');
  await bench.begin({ checks: [check], daily: true });
  bench.clock.move(DAY_MS);
  await bench.jobs.drain();
  expect(check.runs).toBe(2);
  bench.clock.move(DAY_MS / 2);
  await bench.jobs.drain();
  expect(check.runs).toBe(2);
  bench.clock.move(DAY_MS / 2);
  await bench.jobs.drain();
  expect(check.runs).toBe(4);
});

test('SCN-11 runs are forgotten after 90 days, those that have not ended are not', async () => {
  await bench.begin({ checks: [scriptedCheck('CHK-01')] });
  const old = await bench.request(registration(1), { watch: false });
  await bench.jobs.drain();
  bench.clock.move(89 * DAY_MS);
  await bench.jobs.drain();
  expect(await findRun(bench.database.db, old)).toBeDefined();
  bench.clock.move(2 * DAY_MS);
  const fresh = await bench.request(registration(2), { watch: false });
  await bench.jobs.drain();
  expect(await findRun(bench.database.db, old)).toBeUndefined();
  expect(await findRun(bench.database.db, fresh)).toBeDefined();
});
