import { type Check, defineCheck, type Finding } from '../check.ts';
import type { WorkerLife } from '../worker-life.ts';

type Deps = { readonly workers: Pick<WorkerLife, 'living' | 'isWorking'>; readonly version: string };

/** CHK-10: background work is being done, and every node of this instance runs the same program. */
export const sharedRuntime = (deps: Deps): Check =>
  defineCheck({
    id: 'CHK-10',
    name: 'Background work is done, by one version everywhere',
    category: 'Installation',
    priority: 'high',
    side: 'both',
    summary: 'Background work stands still, or nodes of this instance run different versions',
    description: 'Each node signs its life in the database, with its version and with the background work it has done.',
    remedy: 'Start the nodes of this instance again, all with the same version.',
    run: async () => [...(await idleFindings(deps)), ...(await mixedFindings(deps))],
  });

async function idleFindings({ workers }: Deps): Promise<Finding[]> {
  if (await workers.isWorking()) return [];
  return [
    {
      source: { kind: 'instance', id: 'worker', label: 'background worker' },
      message: 'No background step has been finished for half a minute.',
      cause: 'The worker has stopped, or the job queue cannot reach the database.',
      remedy: 'Look in the log for the job queue, repair what it names, and start the program again.',
      who: 'An operator of this instance',
    },
  ];
}

async function mixedFindings({ workers, version }: Deps): Promise<Finding[]> {
  const others = [...new Set((await workers.living()).map((worker) => worker.version))].filter(
    (each) => each !== version,
  );
  if (others.length === 0) return [];
  return [
    {
      source: { kind: 'instance', id: 'nodes', label: 'nodes of this instance' },
      message: `Nodes of this instance run ${[version, ...others].join(', ')} at the same time.`,
      cause: 'An update has reached some nodes only.',
      remedy: 'Finish the update: start every node with the same version.',
      who: 'An operator of this instance',
    },
  ];
}
