import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkFromWorkNote, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { readKeyHealth } from '../../src/keys/contract.ts';
import { readSettings } from '../../src/platform/config/contract.ts';
import { listRegistrations } from '../../src/provider/contract.ts';
import {
  type Federation,
  openFederation,
  refusal,
  register,
  registrationOf,
  signedIn,
  takeRootKeyAway,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { drain } from '../harness/onboarding-steps.ts';

let federation: Federation;
beforeAll(async () => {
  federation = await openFederation({ both: { idle: true } });
});
afterAll(closeTestInstances);

test('REG-11 ST-26 started without its root key: an administrator signs in and reads why, nothing else is done; with the key back it goes on by itself', async () => {
  const { number } = await register(federation, federation.contoso, federation.consumer.origin);
  const putBack = takeRootKeyAway(federation.provider);
  const provider = await federation.provider.reopen();
  const ada = await signedIn(provider, PROVIDER_ADMIN);

  const settings = await ada.api.call(readSettings, {});
  expect(settings.sealed).toBe(true);
  expect(settings.sealedReason).toContain('root.key');
  const health = await ada.api.call(readKeyHealth, {});
  expect(health).toMatchObject({ sealed: true, onboardingReady: false });
  const broken = health.groups.flatMap(({ components }) => components).filter(({ status }) => status === 'malfunction');
  expect(broken.map(({ cause, remedy, who }) => `${cause} ${remedy} ${who}`).join(' ')).toContain('root.key');

  const closed = await refusal(ada.api.call(listRegistrations, { query: {} }));
  expect([closed.status, closed.type]).toEqual([503, 'platform/sealed']);
  const ready = await fetch(`${provider.origin}/readyz`);
  const { parts } = (await ready.json()) as { parts: { name: string; ready: boolean; why?: string }[] };
  expect([ready.status, parts.find(({ name }) => name === 'keys')?.ready]).toEqual([503, false]);
  expect((await fetch(`${provider.origin}/healthz`)).status).toBe(200);
  const discovery = await fetch(`${provider.origin}/.well-known/sx-instance`);
  expect([discovery.status, discovery.headers.get('retry-after')]).toEqual([503, '30']);
  const hello = await fetch(`${provider.origin}/sx/v1/onboard/reg_${'0'.repeat(32)}/hello`, {
    method: 'POST',
    headers: { 'content-type': 'application/jose' },
    body: 'x.y.z',
  });
  expect([hello.status, hello.headers.get('retry-after')]).toEqual([503, '30']);

  putBack();
  await provider.instance.keys.lightCheck();
  expect(provider.instance.keys.sealed()).toBe(false);
  await drain(provider);
  const again = { ...federation, provider, ada };
  expect(await registrationOf(again, number)).toMatchObject({ state: 'open', link: { state: 'live' } });
  expect(await linkFromWorkNote(ada, number)).toContain('/sx/join#');
  expect((await ada.api.call(readSettings, {})).sealedReason).toBeNull();
});
