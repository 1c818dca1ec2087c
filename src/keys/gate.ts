import type { Component } from './component.ts';
import { OPERATOR } from './component.ts';
import type { Diagnostics, GateResult } from './keys.ts';
import { NoAnswer } from './within.ts';

/** The KMF gate of protocol.md B.4: required components in Malfunction close it, everything else only warns. */
export async function judgeGate(evaluation: Promise<Diagnostics>): Promise<GateResult> {
  try {
    const components = (await evaluation).groups.flatMap((group) => group.components);
    const isFailing = (one: Component) => one.required && one.status === 'malfunction';
    const failing = components.filter(isFailing);
    const warnings = components.filter(
      (one) => !isFailing(one) && one.status !== 'operational' && one.status !== 'disabled',
    );
    return { ok: failing.length === 0, failing, warnings };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { ok: false, failing: [SILENT], warnings: [] };
  }
}

const SILENT: Component = {
  name: 'diagnostics',
  label: 'Key management diagnostics',
  required: true,
  status: 'malfunction',
  cause: 'The key management diagnostics gave no answer in time.',
  remedy: 'Check the database and the storage of the root key; the diagnostics are repeated by themselves.',
  who: OPERATOR,
};
