import type { ComponentGroup, ComponentStatus } from '../../keys/index.ts';

const WORDS: Readonly<Record<ComponentStatus, string>> = {
  operational: 'Operational',
  degraded: 'Degraded',
  malfunction: 'Malfunction',
  disabled: 'Disabled',
};

/** The diagnostics as text for a terminal: one line a component, and under it what is wrong, what to do, who can. */
export function report(groups: readonly ComponentGroup[]): string {
  return groups.flatMap(linesOf).join('\n');
}

function linesOf({ label, components }: ComponentGroup): string[] {
  const lines = components.flatMap(({ label: name, status, required, cause, remedy, who }) => [
    `  ${WORDS[status].padEnd(12)} ${name}${required ? '' : ' (advisory)'}`,
    ...[cause, remedy, who && `${who} can do it.`].flatMap((text) => (text ? [`               ${text}`] : [])),
  ]);
  return [label, ...lines];
}
