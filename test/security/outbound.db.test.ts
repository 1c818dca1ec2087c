import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerConsumer, waitForRegistration } from '../../src/demo/registration-story.ts';
import { listRegistrationActivity } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { everythingStored } from '../harness/stored.ts';

/** Counts whoever connects; on a loopback address that this instance is not allowed to call. */
const FORBIDDEN = '127.0.0.9';
let listener: Server;
let connections = 0;
let at: AttackedProvider;
const names = new Map<string, readonly { address: string; family: number }[]>();
beforeAll(async () => {
  listener = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, FORBIDDEN, resolve));
  at = await openAttackedProvider({
    env: { LIAISE_ALLOW_PEER_CIDRS: '127.0.0.1/32' },
    resolve: async (name) => names.get(name) ?? [{ address: '127.0.0.1', family: 4 }],
  });
});
afterAll(async () => {
  await closeTestInstances();
  listener.close();
});

const v4 = (address: string) => ({ address, family: 4 });
const v6 = (address: string) => ({ address, family: 6 });

const cases: readonly (readonly [name: string, addresses: readonly { address: string; family: number }[]])[] = [
  ['E.4-2 to loopback', [v4(FORBIDDEN)]],
  ['E.4-3 to loopback inside IPv6', [v6(`::ffff:${FORBIDDEN}`)]],
  ['E.4-3 to the address of cloud metadata', [v4('169.254.169.254')]],
  ['E.4-3 to cloud metadata behind NAT64', [v6('64:ff9b::a9fe:a9fe')]],
  ['E.4-4 to a public and a private address', [v4('93.184.216.34'), v4(FORBIDDEN)]],
];

test.each(cases)(
  'T6 a name that resolves %s fails validation, and no packet is sent there',
  async (name, addresses) => {
    const host = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.example`;
    names.set(host, addresses);
    const { port } = listener.address() as AddressInfo;
    const { number } = await registerConsumer(at.ada, at.contact, `https://${host}:${port}`);
    const failed = await waitForRegistration(at.ada, number, 'validation-failed');
    const [finding] = failed.validation?.checks.find(({ id }) => id === 'NET-01')?.findings ?? [];
    expect(finding?.message).toContain('No packet was sent');
    expect(finding?.message).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    const { items } = await at.ada.api.call(listRegistrationActivity, { params: { number } });
    expect(items.some(({ link }) => link !== undefined)).toBe(false);
    expect(connections).toBe(0);
  },
);

test('E.4-6 this very instance under another name fails validation', async () => {
  const { port } = new URL(at.instance.origin);
  const { number } = await registerConsumer(at.ada, at.contact, `http://localhost:${port}`);
  await waitForRegistration(at.ada, number, 'validation-failed');
  expect(await everythingStored(at.instance)).not.toContain('#i=');
});
