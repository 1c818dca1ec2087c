import { type Check, defineCheck } from '../check.ts';
import type { Side } from '../subject.ts';

type Deps = {
  /** What must be there for each side: names of jobs, and routes as `POST /sx/v1/onboard/{reg}/hello`. */
  readonly required: Readonly<Record<Side, { readonly jobs: readonly string[]; readonly routes: readonly string[] }>>;
  readonly hasJob: (name: string) => boolean;
  readonly hasRoute: (route: string) => boolean;
};

/** CHK-09: everything that carries messages for this side is switched on. */
export const transportInPlace = (deps: Deps): Check =>
  defineCheck({
    id: 'CHK-09',
    name: 'The transport of this side is in place',
    category: 'Transport',
    priority: 'high',
    side: 'both',
    summary: 'A part of the transport is missing',
    description: 'The background jobs and the addresses that carry messages between instances are all registered.',
    remedy: 'Start the complete program of one version.',
    run: async ({ side }) => {
      const { jobs, routes } = deps.required[side];
      const missing = [
        ...jobs.filter((name) => !deps.hasJob(name)),
        ...routes.filter((route) => !deps.hasRoute(route)),
      ];
      return missing.map((part) => ({
        source: { kind: 'transport', id: part, label: part },
        message: `${part} is not there, so a ${side} cannot exchange messages.`,
        cause: 'The program was started in part, or is not the version that its data was made with.',
        remedy: 'Install this version completely and start it again.',
        who: 'An operator of this instance',
      }));
    },
  });
