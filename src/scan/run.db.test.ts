import { afterAll, describe, expect, test } from 'vitest';
import { ownFault, registration, type ScanBench, scanBench, scriptedCheck } from '../../test/harness/scan.ts';
import { transact } from '../platform/db/index.ts';
import type { Check } from './check.ts';
import { sharedRuntime } from './checks/shared-runtime.ts';
import { findRun, openIssues, requestScan, stopWatching, validationOf } from './index.ts';
import { performScan } from './perform-scan.ts';

const subject = registration(1);
const bench: ScanBench = await scanBench();
afterAll(() => bench.close());

async function withChecks(...checks: Check[]): Promise<void> {
  await bench.begin({ checks });
}
const stateOf = async (id: Awaited<ReturnType<ScanBench['request']>>) => {
  const run = await findRun(bench.database.db, id);
  return { status: run?.status, outcome: run?.outcome, checks: run?.results.map((result) => result.status) };
};
const outcomes = () => bench.verdicts.map(({ outcome }) => outcome);

describe('a run', () => {
  test('REG-32 REG-34 is a job after the request, passes when every check passes, and tells once', async () => {
    await withChecks(scriptedCheck('CHK-01'), scriptedCheck('CHK-02'));
    const id = await bench.request(subject);
    expect(await stateOf(id)).toMatchObject({ status: 'queued', outcome: null });
    expect(bench.verdicts).toEqual([]);
    await bench.jobs.drain();
    expect(await stateOf(id)).toEqual({ status: 'complete', outcome: 'passed', checks: ['passed', 'passed'] });
    expect(bench.verdicts).toEqual([{ subjectId: subject.id, runId: id, outcome: 'passed' }]);
    expect(bench.published).toContain(subject.label);
  });

  test('REG-32 whose request is rolled back does not exist', async () => {
    await withChecks(scriptedCheck('CHK-01'));
    const { db } = bench.database;
    await expect(
      transact(db, async (tx) => {
        await requestScan(bench.deps, tx, { suite: 'pre-onboarding', side: 'provider', subject, watch: true });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await bench.jobs.drain();
    expect(await validationOf(db, 'pre-onboarding', subject)).toBeNull();
  });

  test('REG-35 fails when one check finds something, and still runs the others', async () => {
    const failing = scriptedCheck('CHK-01');
    failing.now = async () => [ownFault()];
    const other = scriptedCheck('CHK-02');
    await withChecks(failing, other);
    const id = await bench.request(subject);
    await bench.jobs.drain();
    expect(await stateOf(id)).toEqual({ status: 'complete', outcome: 'failed', checks: ['failed', 'passed'] });
    expect(outcomes()).toEqual(['failed']);
  });

  test.each([
    [
      'throws',
      'errored',
      () => {
        throw new TypeError('password hunter2');
      },
    ],
    ['rejects with something strange', 'errored', () => Promise.reject('hunter2')],
    ['never answers and heeds no signal', 'timed-out', () => new Promise<never>(() => undefined)],
    [
      'stops when told that its time is over',
      'timed-out',
      ({ signal }: { signal: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ],
  ])('REG-36 with a check that %s is not passed, and says so', async (_name, status, now) => {
    const broken = scriptedCheck('CHK-01', { timeoutMs: 20 });
    broken.now = now;
    await withChecks(broken, scriptedCheck('CHK-02'));
    const id = await bench.request(subject);
    await bench.jobs.drain();
    expect(await stateOf(id)).toEqual({ status: 'complete', outcome: 'failed', checks: [status, 'passed'] });
    expect(outcomes()).toEqual(['failed']);
    const [issue] = await openIssues(bench.database.db, subject);
    expect(issue).toMatchObject({ check_id: 'CHK-01', message: expect.stringContaining('counts as failed') });
    expect(JSON.stringify(issue)).not.toContain('hunter2');
  });

  test('REG-36 of a suite that this version does not have is failed, not open', async () => {
    await withChecks();
    Object.assign(bench.deps.suites[0] ?? {}, { name: 'other' });
    const id = await bench.request(subject);
    await bench.jobs.drain();
    expect(await stateOf(id)).toMatchObject({ status: 'failed', outcome: 'failed' });
    expect(outcomes()).toEqual(['failed']);
  });

  test('REG-37 cut off in the middle is done again by the next delivery and tells once', async () => {
    const cut = new AbortController();
    const check = scriptedCheck('CHK-01');
    check.now = () => {
      cut.abort(new Error('the program is stopping'));
      return new Promise<never>(() => undefined);
    };
    await withChecks(check);
    const id = await bench.request(subject);
    await expect(performScan(bench.deps, id, { attempt: 1, signal: cut.signal })).rejects.toThrow('stopping');
    expect(await stateOf(id)).toMatchObject({ status: 'running' });
    check.now = async () => [];
    await performScan(bench.deps, id, { attempt: 2, signal: new AbortController().signal });
    await bench.jobs.drain();
    expect(await stateOf(id)).toMatchObject({ status: 'complete', outcome: 'passed' });
    expect(outcomes()).toEqual(['passed']);
    expect(check.runs).toBe(2);
  });

  test('REG-37 whose first worker comes back to life after a second has finished tells once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = scriptedCheck('CHK-01');
    check.now = async () => {
      await promise;
      return [ownFault()];
    };
    await withChecks(check);
    const id = await bench.request(subject);
    const { signal } = new AbortController();
    const first = performScan(bench.deps, id, { attempt: 1, signal });
    await expect.poll(() => check.runs).toBe(1);
    check.now = async () => [];
    await performScan(bench.deps, id, { attempt: 2, signal });
    resolve();
    await first;
    await bench.jobs.drain();
    expect(await stateOf(id)).toMatchObject({ status: 'complete', outcome: 'passed' });
    expect(outcomes()).toEqual(['passed']);
    expect(await openIssues(bench.database.db, subject)).toEqual([]);
  });

  test('REG-36 REG-37 given up by the queue is failed with its reason, never waiting for ever', async () => {
    await withChecks(scriptedCheck('CHK-01'));
    const id = await bench.request(subject, { watch: false });
    const [runHandler] = bench.scan.jobHandlers;
    await runHandler?.onExhausted?.({ runId: id }, new Error('lost'));
    await runHandler?.onExhausted?.({ runId: id }, new Error('lost'));
    await bench.jobs.drain();
    expect(await findRun(bench.database.db, id)).toMatchObject({
      status: 'failed',
      outcome: 'failed',
      reason: expect.stringContaining('cut off'),
    });
    expect(outcomes()).toEqual(['failed']);
    expect(await openIssues(bench.database.db, subject)).toHaveLength(1);
  });

  test('delivered twice at the same time is done once', async () => {
    const check = scriptedCheck('CHK-01');
    await withChecks(check);
    const id = await bench.request(subject);
    const context = { attempt: 1, signal: new AbortController().signal };
    await Promise.all([performScan(bench.deps, id, context), performScan(bench.deps, id, context)]);
    await bench.jobs.drain();
    expect(check.runs).toBe(1);
    expect(outcomes()).toEqual(['passed']);
  });
});

describe('asking again', () => {
  test('while a run waits makes no second one', async () => {
    await withChecks(scriptedCheck('CHK-01'));
    const [first, second] = [await bench.request(subject), await bench.request(subject)];
    expect(second).toBe(first);
    await bench.jobs.drain();
    expect(outcomes()).toEqual(['passed']);
  });

  test('at once from many sides makes one run', async () => {
    await withChecks(scriptedCheck('CHK-01'));
    const ids = await Promise.all(Array.from({ length: 5 }, () => bench.request(subject)));
    expect(new Set(ids).size).toBe(1);
  });

  test('while a run goes on drops its outcome: the next run tells of what is now', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = scriptedCheck('CHK-01');
    check.now = async () => {
      await promise;
      return [];
    };
    await withChecks(check);
    const old = await bench.request(subject);
    const running = performScan(bench.deps, old, { attempt: 1, signal: new AbortController().signal });
    await expect.poll(() => check.runs).toBe(1);
    check.now = async () => [ownFault()];
    const fresh = await bench.request(subject);
    expect(fresh).not.toBe(old);
    await performScan(bench.deps, fresh, { attempt: 1, signal: new AbortController().signal });
    expect(await stateOf(fresh)).toMatchObject({ status: 'queued' });
    resolve();
    await running;
    await bench.jobs.drain();
    expect(await stateOf(old)).toMatchObject({ status: 'cancelled', outcome: null });
    expect(await stateOf(fresh)).toMatchObject({ status: 'complete', outcome: 'failed' });
    expect(bench.verdicts).toEqual([{ subjectId: subject.id, runId: fresh, outcome: 'failed' }]);
  });

  test('for another subject goes on beside it', async () => {
    await withChecks(scriptedCheck('CHK-01'));
    await Promise.all([bench.request(registration(1)), bench.request(registration(2))]);
    await bench.jobs.drain();
    expect(bench.verdicts.map(({ subjectId }) => subjectId).toSorted()).toEqual(['reg_1', 'reg_2']);
  });
});

describe('which checks are run', () => {
  const ids = (runs: Check[]) => runs.map((check) => ({ check, runs: (check as { runs?: number }).runs }));

  test('SCN-04 those of the side, and those of both', async () => {
    const provider = scriptedCheck('CHK-01', { side: 'provider' });
    const consumer = scriptedCheck('CHK-02', { side: 'consumer' });
    const both = scriptedCheck('CHK-03');
    await withChecks(provider, consumer, both);
    await bench.request(subject, { side: 'consumer' });
    await bench.jobs.drain();
    expect(ids([provider, consumer, both]).map(({ runs }) => runs)).toEqual([0, 1, 1]);
  });

  test('SCN-01 those of child suites too, in order, each once', async () => {
    const order: string[] = [];
    const noting = (id: Check['id']) => {
      const check = scriptedCheck(id);
      check.now = async () => {
        order.push(id);
        return [];
      };
      return check;
    };
    const [a, b, c] = [noting('CHK-01'), noting('CHK-02'), noting('CHK-03')];
    await bench.begin({ checks: [c, a], children: [{ name: 'child', title: 'Child', checks: [a, b] }] });
    await bench.request(subject);
    await bench.jobs.drain();
    expect(order).toEqual(['CHK-03', 'CHK-01', 'CHK-02']);
  });

  test('not those that judge another kind of record', async () => {
    const check = scriptedCheck('NET-01', { subjects: ['provider-connection'] });
    await withChecks(check);
    await bench.request(subject);
    await bench.jobs.drain();
    expect([check.runs, outcomes()]).toEqual([0, ['passed']]);
  });
});

test('SCN-07 a result tells each check with its time and findings', async () => {
  const check = scriptedCheck('CHK-01');
  check.now = async () => {
    bench.clock.move(120);
    return [ownFault('a', 'first'), ownFault('b', 'second'), ownFault('a', 'third')];
  };
  await withChecks(check);
  const id = await bench.request(subject);
  await bench.jobs.drain();
  const [result] = (await findRun(bench.database.db, id))?.results ?? [];
  expect(result).toMatchObject({ id: 'CHK-01', status: 'failed', durationMs: 120 });
  expect(result?.findings.map(({ message }) => message)).toEqual(['first\nthird', 'second']);
});

test('the page of a record sees the checks, and how many issues hold it up', async () => {
  const check = scriptedCheck('CHK-01');
  check.now = async () => [ownFault()];
  await withChecks(check, scriptedCheck('CHK-02'));
  await bench.request(subject);
  await bench.jobs.drain();
  expect(await validationOf(bench.database.db, 'pre-onboarding', subject)).toMatchObject({
    status: 'complete',
    openIssues: 1,
    checks: [
      { id: 'CHK-01', outcome: 'failed', findings: [{ remedy: 'Set it up.', who: 'An administrator' }] },
      { id: 'CHK-02', outcome: 'passed', findings: [] },
    ],
  });
});

test('a subject that is withdrawn gets no verdict from the run that is going on', async () => {
  const check = scriptedCheck('CHK-01');
  check.now = async () => {
    await transact(bench.database.db, (tx) => stopWatching(tx, subject));
    return [ownFault()];
  };
  await withChecks(check);
  const id = await bench.request(subject);
  await bench.jobs.drain();
  expect(await stateOf(id)).toMatchObject({ status: 'cancelled' });
  expect(bench.verdicts).toEqual([]);
  expect(await openIssues(bench.database.db, subject)).toEqual([]);
});

test('CHK-10 right after a start, a worker that runs the check is not found idle by it', async () => {
  const { workers } = bench.deps;
  await withChecks(sharedRuntime({ workers, version: '1.0.0' }));
  await bench.request(subject);
  expect(await workers.isWorking()).toBe(false);
  await bench.jobs.drain();
  expect(outcomes()).toEqual(['passed']);
});
