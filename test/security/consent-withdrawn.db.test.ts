import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeUser } from '../../src/directory/contract.ts';
import { getRegistration, listRegistrationActivity } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { closeHostilePeers } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';

let at: AttackedProvider;
beforeAll(async () => {
  at = await openAttackedProvider();
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const CHANGES = [
  ['deactivated', { active: false }, { active: true }],
  ['without the consumer role', { roles: [] }, { roles: ['sn_sb_pro.consumer'] }],
] as const;

test.each(CHANGES)(
  'REG-61 a contact who is %s between Allow and the proof connects nobody',
  async (how, done, undone) => {
    const change = (input: typeof done | typeof undone) =>
      at.ada.api.call(changeUser, {
        params: { id: at.contact.contactId as never },
        input: input as { active: boolean },
      });
    const { consumer, number } = await at.invite(how);
    const attempt = await consumer.greet(1);
    const token = await consumer.authorise(attempt, at.account);
    await change(done);
    try {
      const confirm = await consumer.confirm(attempt, token);
      expect((await consumer.sendConfirm(confirm, token)).error).toBe('sx_refused');
      const registration = await at.ada.api.call(getRegistration, { params: { number } });
      expect([registration.state, registration.attempt?.step]).toEqual(['open', 'aborted']);
      const notes = (await at.ada.api.call(listRegistrationActivity, { params: { number } })).items;
      expect(notes[0]?.text).toContain('The contact may no longer act for the company');
      // Put right meanwhile, the same proof does not come back to life.
      await change(undone);
      expect((await consumer.sendConfirm(confirm, token)).status).not.toBe(200);
    } finally {
      await change(undone);
    }
  },
);
