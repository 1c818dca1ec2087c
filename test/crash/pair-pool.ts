import { afterAll } from 'vitest';
import { type CrashPair, closeCrashPair, openCrashPair } from './crash-pair.ts';
import { type Numbers, validate } from './onboard.ts';
import { endRegistration, type LinkSecrets, linkSecrets, restoreLink, takeApart } from './take-apart.ts';

/** A pair over PostgreSQL, used by one test after the other. */
type Used = { readonly pair: CrashPair; validated?: { numbers: Numbers; secrets: LinkSecrets } | undefined };

/** As many as two cores keep busy: most of a test's time is spent waiting for a process to start. */
const PAIRS = 3;

let opened = 0;
const idle: Used[] = [];
const waiting: ((used: Used | undefined) => void)[] = [];

async function borrow(): Promise<Used> {
  const ready = idle.pop();
  if (ready !== undefined) return ready;
  if (opened < PAIRS) return open();
  const { promise, resolve } = Promise.withResolvers<Used | undefined>();
  waiting.push(resolve);
  return (await promise) ?? open();
}

async function open(): Promise<Used> {
  opened += 1;
  try {
    return { pair: await openCrashPair({ engine: 'postgres' }) };
  } catch (error) {
    makeRoom();
    throw error;
  }
}

function makeRoom(): void {
  opened -= 1;
  waiting.shift()?.(undefined);
}

function giveBack(used: Used): void {
  const next = waiting.shift();
  if (next === undefined) idle.push(used);
  else next(used);
}

/** What a failed test leaves behind is not known: its pair is thrown away. */
async function discard({ pair }: Used): Promise<void> {
  await closeCrashPair(pair);
  makeRoom();
}

async function using(prepare: (used: Used) => Promise<void>, work: (used: Used) => Promise<void>): Promise<void> {
  const used = await borrow();
  try {
    await prepare(used);
    await work(used);
  } catch (error) {
    const complaints = [...used.pair.provider.complaints(), ...used.pair.consumer.complaints()].slice(-40).join('\n');
    const passed = [used.pair.provider, used.pair.consumer]
      .map(({ proxy }) => proxy.passed.slice(-60).map(({ method, path, result }) => `${method} ${path} ${result}`))
      .map((lines) => lines.join('\n'))
      .join('\n--\n');
    await discard(used);
    throw new Error(`${(error as Error).message}\n${complaints}\n${passed}`, { cause: error });
  }
  giveBack(used);
}

/** Those that no test uses at the moment. */
export const idlePairs = (): CrashPair[] => idle.map(({ pair }) => pair);

/** Two instances without a registration between them. */
export const withPair = (work: (pair: CrashPair) => Promise<void>): Promise<void> =>
  using(startOver, ({ pair }) => work(pair));

/** Two instances with a registration that is Open and Validated. */
export const withValidatedPair = (work: (pair: CrashPair, numbers: Numbers) => Promise<void>): Promise<void> =>
  using(
    async (used) => {
      if (used.validated !== undefined) {
        await takeApart(used.pair);
        await restoreLink(used.pair, used.validated.secrets);
        return;
      }
      await startOver(used);
      const numbers = await validate(used.pair);
      used.validated = { numbers, secrets: await linkSecrets(used.pair) };
    },
    ({ pair, validated }) => work(pair, validated?.numbers as Numbers),
  );

async function startOver(used: Used): Promise<void> {
  await takeApart(used.pair);
  await endRegistration(used.pair);
  used.validated = undefined;
}

afterAll(async () => {
  await Promise.all(idle.splice(0).map(({ pair }) => closeCrashPair(pair)));
  opened = 0;
});
