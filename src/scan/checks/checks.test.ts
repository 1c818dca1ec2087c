import { expect, test } from 'vitest';
import type { Check } from '../check.ts';
import type { WorkerRow } from '../worker-repo.ts';
import { oneVersion } from './one-version.ts';
import { sharedRuntime } from './shared-runtime.ts';
import { transportInPlace } from './transport-in-place.ts';

const subject = { kind: 'registration', id: 'reg_1', label: 'REG0001001' } as const;

const sourcesOf = async (check: Check, side: 'provider' | 'consumer' = 'provider') => {
  const findings = await check.run({ side, subject, signal: new AbortController().signal });
  return findings.map(({ source }) => source.id);
};

const worker = (version: string): WorkerRow => ({ node: version, version, seen_at: new Date(0), worked_at: null });
const workers = (isWorking: boolean, ...versions: string[]) => ({
  isWorking: async () => isWorking,
  living: async () => versions.map(worker),
});

test('CHK-10 passes while work is done, by nodes of one version', async () => {
  expect(await sourcesOf(sharedRuntime({ workers: workers(true, '1.0.0', '1.0.0'), version: '1.0.0' }))).toEqual([]);
  expect(await sourcesOf(sharedRuntime({ workers: workers(false, '1.0.0'), version: '1.0.0' }))).toEqual(['worker']);
  expect(await sourcesOf(sharedRuntime({ workers: workers(true, '1.0.0', '0.9.0'), version: '1.0.0' }))).toEqual([
    'nodes',
  ]);
});

test('CHK-09 names each part of the transport that is missing, for the side at hand', async () => {
  const required = {
    provider: { jobs: ['link.deliver'], routes: ['POST /sx/v1/hello'] },
    consumer: { jobs: ['consumer.status'], routes: [] },
  };
  const none = transportInPlace({ required, hasJob: () => false, hasRoute: () => false });
  expect(await sourcesOf(none, 'provider')).toEqual(['link.deliver', 'POST /sx/v1/hello']);
  expect(await sourcesOf(none, 'consumer')).toEqual(['consumer.status']);
  expect(await sourcesOf(transportInPlace({ required, hasJob: () => true, hasRoute: () => true }))).toEqual([]);
});

test('CHK-11 provider and consumer of one instance have one version', async () => {
  expect(await sourcesOf(oneVersion({ provider: '1.0.0', consumer: '1.0.0' }))).toEqual([]);
  expect(await sourcesOf(oneVersion({ provider: '1.0.0', consumer: '1.0.1' }))).toEqual(['roles']);
});
