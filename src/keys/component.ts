/** The four words of the diagnostics page (ST-26). */
export const componentStatuses = ['operational', 'degraded', 'malfunction', 'disabled'] as const;
export type ComponentStatus = (typeof componentStatuses)[number];

/** One line of the diagnostics that was really tried. `name` is stable; findings and listeners refer to it. */
export type Component = {
  readonly name: string;
  readonly label: string;
  readonly status: ComponentStatus;
  /** Required for onboarding (protocol.md B.4): in Malfunction it closes the gate. Advisory ones only warn. */
  readonly required: boolean;
  /** What was seen, what to do and who can do it; null while there is nothing to say. */
  readonly cause: string | null;
  readonly remedy: string | null;
  readonly who: string | null;
};

/** Components shown under one heading; its status is rolled up from them. */
export type ComponentGroup = Pick<Component, 'name' | 'label' | 'status'> & {
  readonly components: readonly Component[];
};

/**
 * KMF-02: all children disabled -> disabled; disabled ones are otherwise ignored; any degraded or malfunctioning child
 * -> degraded; all malfunctioning -> malfunction.
 */
export function rollUp(children: readonly ComponentStatus[]): ComponentStatus {
  const counted = children.filter((status) => status !== 'disabled');
  if (counted.length === 0) return 'disabled';
  if (counted.every((status) => status === 'malfunction')) return 'malfunction';
  return counted.every((status) => status === 'operational') ? 'operational' : 'degraded';
}

export const OPERATOR = 'Whoever runs the server';

export type Trouble = Pick<Component, 'cause' | 'remedy' | 'who'>;

const well: Trouble = { cause: null, remedy: null, who: null };

export const component = (
  name: string,
  label: string,
  required: boolean,
  status: ComponentStatus,
  trouble: Trouble = well,
): Component => ({ name, label, required, status, ...trouble });
