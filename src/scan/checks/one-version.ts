import { type Check, defineCheck } from '../check.ts';
import type { Side } from '../subject.ts';

/** CHK-11: provider and consumer of one instance are the same version of the program. */
export const oneVersion = (versions: Readonly<Record<Side, string>>): Check =>
  defineCheck({
    id: 'CHK-11',
    name: 'Provider and consumer have one version',
    category: 'Installation',
    priority: 'moderate',
    side: 'both',
    summary: 'The provider and the consumer of this instance have different versions',
    description: 'Both roles of an instance work on the same data and must agree about it.',
    remedy: 'Install one version completely.',
    run: async () => {
      if (versions.provider === versions.consumer) return [];
      return [
        {
          source: { kind: 'instance', id: 'roles', label: 'provider and consumer' },
          message: `The provider has version ${versions.provider}, the consumer ${versions.consumer}.`,
          cause: 'An update was carried out in part.',
          remedy: 'Install one version completely and start the program again.',
          who: 'An operator of this instance',
        },
      ];
    },
  });
