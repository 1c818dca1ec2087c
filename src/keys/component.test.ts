import { expect, test } from 'vitest';
import { type ComponentStatus, componentStatuses, rollUp } from './component.ts';

test('ST-26 a diagnostics component is Operational, Degraded, Malfunction or Disabled', () => {
  expect(componentStatuses).toEqual(['operational', 'degraded', 'malfunction', 'disabled']);
});

test.each<[ComponentStatus[], ComponentStatus]>([
  [[], 'disabled'],
  [['disabled', 'disabled'], 'disabled'],
  [['operational'], 'operational'],
  [['operational', 'disabled'], 'operational'],
  [['operational', 'degraded'], 'degraded'],
  [['operational', 'malfunction'], 'degraded'],
  [['degraded', 'degraded'], 'degraded'],
  [['degraded', 'malfunction'], 'degraded'],
  [['malfunction', 'malfunction'], 'malfunction'],
  [['malfunction', 'disabled'], 'malfunction'],
  [['malfunction', 'degraded', 'disabled', 'operational'], 'degraded'],
])('KMF-02 %j rolls up to %s', (children, parent) => {
  expect(rollUp(children)).toBe(parent);
});
