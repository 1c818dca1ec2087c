import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFolder, secretFiles } from '../../test/harness/keys.ts';
import { systemRandom } from '../kernel/index.ts';
import { fileRootProvider } from './file-root-provider.ts';
import { passphraseRootProvider } from './passphrase-root-provider.ts';
import type { RootProvider } from './root-provider.ts';
import type { WrapContext } from './wrap.ts';

const PASSPHRASE = 'correct horse battery staple';
const context: WrapContext = {
  instance: 'sxi1example',
  module: 'root',
  version: 1,
  purpose: 'wrap',
  alg: 'A256GCM',
  class: 'root',
};
const KEY = Buffer.alloc(32, 7);

type Subject = {
  /** A provider over the same place, as after a restart: without a key until it is `ready`. */
  make(): RootProvider;
  /** Brings what a person or the first start brings. `wrapped`: what the provider has wrapped before, if anything. */
  ready(provider: RootProvider, wrapped?: string): Promise<unknown>;
};

let place: ReturnType<typeof keyFolder>;
beforeEach(() => {
  place = keyFolder();
});
afterEach(() => place.remove());

const subjects: Record<RootProvider['kind'], Subject> = {
  file: {
    make: () => fileRootProvider(secretFiles, place.rootKeyFile),
    ready: (provider) => provider.ensure(systemRandom),
  },
  passphrase: {
    make: () => passphraseRootProvider(secretFiles, null),
    ready: async (provider, wrapped) =>
      provider.unlock?.(PASSPHRASE, wrapped === undefined ? null : { context, wrapped }, systemRandom),
  },
};

/** What every root key provider must do; a new one joins the list above and nothing else. */
describe.each(Object.entries(subjects))('the root key by %s', (kind, { make, ready }) => {
  const wrapWith = async (provider: RootProvider): Promise<string> => {
    const wrapped = await provider.wrap(context, KEY, systemRandom);
    if (!wrapped.ok) throw new Error(wrapped.error.cause);
    return wrapped.value;
  };

  test('wraps and unwraps, also after a restart; two wrappings of one key differ', async () => {
    const provider = make();
    await ready(provider);
    const [one, other] = [await wrapWith(provider), await wrapWith(provider)];
    expect(one).not.toBe(other);
    expect(await provider.unwrap(context, one)).toEqual({ ok: true, value: KEY });
    const restarted = make();
    await ready(restarted, one);
    expect(await restarted.unwrap(context, other)).toEqual({ ok: true, value: KEY });
  });

  test('opens in its own context only, and nothing that was altered', async () => {
    const provider = make();
    await ready(provider);
    const wrapped = await wrapWith(provider);
    for (const elsewhere of [{ instance: 'sxi1other' }, { version: 2 }, { module: 'metadata' }])
      expect(await provider.unwrap({ ...context, ...elsewhere }, wrapped)).toMatchObject({ ok: false });
    const altered = wrapped.slice(0, -6) + (wrapped.at(-6) === 'A' ? 'B' : 'A') + wrapped.slice(-5);
    expect(await provider.unwrap(context, altered)).toMatchObject({ ok: false, error: { code: 'does-not-open' } });
    expect(await provider.unwrap(context, 'nonsense')).toMatchObject({ ok: false });
  });

  test('without its key it says what is missing and what to do, and wraps nothing', async () => {
    const prepared = make();
    await ready(prepared);
    const wrapped = await wrapWith(prepared);
    place.remove();
    const bare = make();
    const refused = { ok: false, error: { cause: expect.stringMatching(/./), remedy: expect.stringMatching(/./) } };
    expect(await bare.unwrap(context, wrapped)).toMatchObject(refused);
    expect(await bare.wrap(context, KEY, systemRandom)).toMatchObject(refused);
  });

  test('making sure of a key twice leaves the first one', async () => {
    const provider = make();
    await ready(provider);
    const wrapped = await wrapWith(provider);
    expect(await provider.ensure(systemRandom)).toMatchObject({ ok: true });
    expect(await provider.unwrap(context, wrapped)).toEqual({ ok: true, value: KEY });
  });

  test('knows its own wrappings from those of the others', async () => {
    for (const [name, subject] of Object.entries(subjects)) {
      const other = subject.make();
      await subject.ready(other);
      expect(make().recognises(await wrapWith(other))).toBe(name === kind);
    }
    expect(make().describe()).toContain(kind);
  });
});

test('another passphrase does not unlock, and leaves the right one in force', async () => {
  const provider = passphraseRootProvider(secretFiles, null);
  await provider.unlock?.(PASSPHRASE, null, systemRandom);
  const wrapped = await provider.wrap(context, KEY, systemRandom);
  if (!wrapped.ok) throw new Error(wrapped.error.cause);
  const held = { context, wrapped: wrapped.value };
  expect(await provider.unlock?.('correct horse battery stable', held, systemRandom)).toMatchObject({ ok: false });
  expect(await provider.unwrap(context, wrapped.value)).toEqual({ ok: true, value: KEY });
});

test('a passphrase file hands the passphrase over, with or without a line end', async () => {
  const file = `${place.folder}/passphrase`;
  await secretFiles.writeOnce(file, Buffer.from(`${PASSPHRASE}\n`));
  const provider = passphraseRootProvider(secretFiles, file);
  const wrapped = await provider.wrap(context, KEY, systemRandom);
  if (!wrapped.ok) throw new Error(wrapped.error.cause);
  expect(await passphraseRootProvider(secretFiles, file).unwrap(context, wrapped.value)).toMatchObject({ ok: true });
  const told = passphraseRootProvider(secretFiles, null);
  const held = { context, wrapped: wrapped.value };
  expect(await told.unlock?.(PASSPHRASE, held, systemRandom)).toMatchObject({ ok: true });
});
