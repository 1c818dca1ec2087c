import { later } from '../kernel/index.ts';
import { changeStore, type Draft } from './change-store.ts';
import type { ComponentStatus } from './component.ts';
import { createIdentity, missingPolicies } from './create-identity.ts';
import { type DecisionTrace, decisionTrace } from './decision-trace.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import type { Diagnostics } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { readRows } from './keys-repo.ts';
import { manifestDigest, RENEW_BEFORE_MS } from './manifest-content.ts';
import { type Opening, openHierarchy } from './open-hierarchy.ts';
import { KeysSealed } from './problems.ts';
import type { Roots } from './root-provider.ts';
import type { Rows } from './rows.ts';
import type { Vault } from './vault.ts';

/** Holds the opened keys in memory, and keeps them, the manifest and the diagnostics up to date. */
export type KeyKeeper = {
  readonly trace: DecisionTrace;
  vault(): Vault;
  sealedReason(): string | null;
  diagnostics(): Promise<Diagnostics>;
  /** What the last evaluation has found; null before the first one. */
  latest(): Diagnostics | null;
  lightCheck(): Promise<Diagnostics>;
  /** Reads the key records again; what is tampered with is not taken over. */
  reload(): Promise<void>;
  refresh(): Promise<void>;
  change<T>(work: (draft: Draft) => Promise<T>): Promise<T>;
  onRecovered(listener: (components: readonly string[]) => void): () => void;
  onChanged(listener: () => void): () => void;
  /** Resolves when no check is running. */
  settled(): Promise<void>;
};

export function keyKeeper(deps: KeysDeps, root: Roots): KeyKeeper {
  const trace = decisionTrace(deps);
  const recovered = new Set<(components: readonly string[]) => void>();
  const changed = new Set<() => void>();
  let opened: Vault | null = null;
  let cause = 'The keys have not been opened yet.';
  let statuses: ReadonlyMap<string, ComponentStatus> = new Map();
  let latest: Diagnostics | null = null;
  let running: Promise<Diagnostics> | null = null;
  let current: Promise<Diagnosis> | null = null;
  let following: Promise<Diagnosis> | null = null;

  const vault = (): Vault => {
    if (opened !== null) return opened;
    throw new KeysSealed(
      `The instance is sealed: ${cause} Nothing was done. It unseals by itself within 15 s once the root key is back.`,
    );
  };

  /** The first opening unseals; later ones are taken over when the store has changed and nothing in it was tampered with. */
  const adopt = ({ rootKey, hmacKey, tampered, vault: found }: Opening): void => {
    if (opened === null) {
      const fault = rootKey?.ok === false ? rootKey.error : hmacKey.ok ? null : hmacKey.error;
      if (fault !== null) cause = `${fault.cause} ${fault.remedy}`;
      if (found === null) return;
      opened = found;
      deps.log.info({ instanceId: found.instanceId }, 'keys are open');
    } else if (found !== null && tampered.length === 0 && found.revision !== opened.revision) {
      opened = found;
    } else return;
    for (const listener of changed) listener();
  };

  const observe = (diagnostics: Diagnostics): void => {
    latest = diagnostics;
    const before = statuses;
    const components = diagnostics.groups.flatMap((group) => group.components);
    statuses = new Map(components.map(({ name, status }) => [name, status]));
    for (const { name, status, cause: seen } of components)
      if (status === 'malfunction' && before.get(name) !== 'malfunction')
        deps.log.warn({ component: name, cause: seen }, 'a key management component is in malfunction');
    const well = components.filter(
      ({ name, status }) => status === 'operational' && before.size > 0 && before.get(name) !== 'operational',
    );
    if (well.length === 0) return;
    const names = well.map(({ name }) => name);
    deps.log.info({ components: names }, 'key management components are operational again');
    for (const listener of recovered) listener(names);
  };

  const evaluate = async (): Promise<Diagnosis> => {
    const found = await diagnose({ ...deps, root }, opened?.instanceRootKey ?? null, opened === null ? cause : null);
    if (found.stored !== null) adopt(found.stored.opening);
    observe(found.diagnostics);
    return found;
  };

  /** Whoever asks while an evaluation runs shares the next one: it begins after they asked, so it is as fresh as their own. */
  const diagnosis = (): Promise<Diagnosis> => {
    if (current === null) {
      current = evaluate().finally(() => {
        current = null;
      });
      return current;
    }
    following ??= current
      .catch(() => undefined)
      .then(() => {
        following = null;
        return diagnosis();
      });
    return following;
  };

  const reload = async (): Promise<void> => {
    if (opened === null) return;
    const rows = await readRows(deps.db);
    if (rows !== null) adopt(await openHierarchy(rows, null, opened.instanceRootKey));
  };

  const change = async <T>(work: (draft: Draft) => Promise<T>): Promise<T> => {
    const details = await deps.manifestDetails();
    const result = await changeStore(deps, vault(), details, work);
    await reload();
    return result;
  };

  const refresh = async (): Promise<void> => {
    if (opened === null) return;
    const rows = await readRows(deps.db);
    if (rows === null) return;
    if (await isOutdated(deps, rows)) await change(addMissingPolicies);
    else adopt(await openHierarchy(rows, null, opened.instanceRootKey));
  };

  const check = async (): Promise<Diagnostics> => {
    if (opened === null) {
      const created = await createIdentity(deps, root);
      if (!created.ok) cause = `${created.error.cause} ${created.error.remedy}`;
      else if (created.value)
        deps.log.info({ rootKey: root.describe() }, 'keys were made; keep a copy of the root key apart');
    }
    let { diagnostics, stored } = await diagnosis();
    if (
      opened !== null &&
      stored !== null &&
      stored.opening.tampered.length === 0 &&
      (await isOutdated(deps, stored.rows))
    ) {
      await change(addMissingPolicies);
      ({ diagnostics, stored } = await diagnosis());
    }
    await trace.flush();
    return diagnostics;
  };

  return {
    trace,
    vault,
    latest: () => latest,
    sealedReason: () => (opened === null ? cause : null),
    diagnostics: async () => (await diagnosis()).diagnostics,
    lightCheck() {
      running ??= check().finally(() => {
        running = null;
      });
      return running;
    },
    reload,
    refresh,
    change,
    onRecovered: (listener) => subscription(recovered, listener),
    onChanged: (listener) => subscription(changed, listener),
    async settled() {
      await running?.catch(() => undefined);
    },
  };
}

function subscription<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the manifest says something else now or ends soon, or a part of the program has no policies yet. */
async function isOutdated(deps: KeysDeps, { instance, keyVersions, policies }: Rows): Promise<boolean> {
  if (missingPolicies(policies.map(({ id }) => id)).length > 0) return true;
  const details = await deps.manifestDetails();
  if (details === null) return false;
  const now = deps.clock.now();
  const { manifest_digest: signed, manifest_expires_at: end } = instance;
  return end === null || end <= later(now, RENEW_BEFORE_MS) || signed !== manifestDigest(details, keyVersions, now);
}

async function addMissingPolicies(draft: Draft): Promise<void> {
  const ids = draft.policies.map(({ id }) => id);
  for (const policy of missingPolicies(ids)) await draft.addPolicy({ ...policy, created_at: draft.now });
}
