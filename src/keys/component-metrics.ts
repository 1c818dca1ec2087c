import { Gauge, type Registry } from 'prom-client';
import { componentStatuses } from './component.ts';
import type { Diagnostics } from './keys.ts';

/** One line for each component and status: 1 for the status it has, so that an alert can name both. */
export function componentMetrics(metrics: Registry, latest: () => Diagnostics | null): void {
  new Gauge({
    name: 'liaise_key_component',
    help: 'Key management components by status at the last check; 1 for the status a component has.',
    labelNames: ['component', 'status', 'required'],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { components } of latest()?.groups ?? [])
        for (const { name: component, status: current, required } of components)
          for (const status of componentStatuses)
            this.set({ component, status, required: String(required) }, status === current ? 1 : 0);
    },
  });
}
