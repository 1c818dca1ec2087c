export type SideName = 'provider' | 'consumer';

/** A process dies at one request of an onboarding: before it arrives anywhere, or when it has been answered. */
export type FaultPoint = {
  readonly name: string;
  readonly strikes: SideName;
  readonly when: 'before' | 'after';
  /** Whether the answer, once given, still reaches who asked. */
  readonly answer: 'lost' | 'passed';
  /** Whose proxy sees the request, and which one it is of those that fit: a first one is often sent back for want of a nonce. */
  readonly to: SideName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: RegExp;
  readonly nth: number;
  /**
   * How often the person presses Connect in all. Twice where it was her own step that died, or where the answer that got lost
   * can be given only once (a code buys one token).
   */
  readonly presses: number;
};

type Step = Pick<FaultPoint, 'to' | 'method' | 'path' | 'nth'> & { readonly what: string };
/** Presses when the process dies before and after the request; null where that is no point of its own. */
type Presses = readonly [before: number | null, after: number | null];

const step = (what: string, to: SideName, method: Step['method'], path: RegExp, nth = 1): Step => ({
  what,
  to,
  method,
  path,
  nth,
});

function at(
  { what, ...request }: Step,
  presses: Partial<Record<SideName, Presses>>,
  answer: FaultPoint['answer'] = 'lost',
): FaultPoint[] {
  const points: FaultPoint[] = [];
  for (const [strikes, both] of Object.entries(presses) as [SideName, Presses][]) {
    for (const [index, when] of (['before', 'after'] as const).entries()) {
      const expected = both[index];
      if (expected == null) continue;
      const told = when === 'after' && answer === 'passed' ? ', which was answered' : '';
      points.push({
        name: `the ${strikes} dies ${when} ${what}${told}`,
        ...request,
        strikes,
        when,
        answer,
        presses: expected,
      });
    }
  }
  return points;
}

const once: Presses = [1, 1];
const twice: Presses = [2, 2];

const DISCOVERY = /\/sx-instance$/;
const PROBE = /\/sx\/v1\/probe$/;
const PUSH = /\/oauth\/request$/;
const TOKEN = /\/oauth\/token$/;

/** From Save to Validated: two scans, and the import of the link between them. */
export const validationPoints: readonly FaultPoint[] = [
  ...at(step('Save', 'provider', 'POST', /\/api\/registrations$/), { provider: once }),
  ...at(step('Save', 'provider', 'POST', /\/api\/registrations$/), { provider: [null, 1] }, 'passed'),
  ...at(step('its own discovery', 'provider', 'GET', DISCOVERY), { provider: [1, null] }),
  ...at(step('discovery of the consumer', 'consumer', 'GET', DISCOVERY), { provider: once, consumer: once }),
  ...at(step('the probe of the consumer', 'consumer', 'POST', PROBE), { provider: once, consumer: once }),
  ...at(step('discovery at the import', 'provider', 'GET', DISCOVERY, 2), { provider: [1, null], consumer: once }),
  ...at(step('the company is saved', 'consumer', 'PATCH', /\/api\/provider-connections\//), { consumer: once }),
  ...at(step('discovery of the provider', 'provider', 'GET', DISCOVERY, 3), { provider: [1, null], consumer: once }),
  ...at(step('the probe of the provider', 'provider', 'POST', PROBE), { provider: once, consumer: [1, null] }),
];

/** From Connect to Closed Complete. */
export const connectPoints: readonly FaultPoint[] = [
  ...at(step('hello', 'provider', 'POST', /\/hello$/), { provider: twice, consumer: twice }),
  ...at(step('the first pushed request', 'provider', 'POST', PUSH), { provider: [2, null], consumer: [2, null] }),
  ...at(step('the pushed request', 'provider', 'POST', PUSH, 2), { provider: twice, consumer: twice }),
  ...at(step('the consent page', 'provider', 'GET', /\/oauth\/authorize$/), { provider: once, consumer: [1, null] }),
  ...at(step('status', 'provider', 'POST', /\/status$/), { provider: once, consumer: once }),
  ...at(step('Allow', 'provider', 'POST', /\/allow$/), { provider: once, consumer: [1, null] }),
  ...at(step('Allow', 'provider', 'POST', /\/allow$/), { provider: [null, 1], consumer: [null, 1] }, 'passed'),
  ...at(step('the way back', 'provider', 'GET', /\/oauth\/authorize\/./), { provider: [1, 2] }),
  ...at(step('the callback', 'consumer', 'GET', /\/oauth\/cb\//), { provider: [1, null], consumer: once }),
  ...at(
    step('the callback', 'consumer', 'GET', /\/oauth\/cb\//),
    { provider: [null, 1], consumer: [null, 1] },
    'passed',
  ),
  ...at(step('the first request for the token', 'provider', 'POST', TOKEN), { provider: once, consumer: once }),
  ...at(step('the token', 'provider', 'POST', TOKEN, 2), { provider: [1, 2], consumer: [1, 2] }),
  ...at(step('confirm', 'provider', 'POST', /\/confirm$/, 2), { provider: once, consumer: once }),
  ...at(step('the consumer’s message token', 'provider', 'POST', TOKEN, 4), { provider: once, consumer: once }),
  ...at(step('the consumer’s test', 'provider', 'PUT', /\/batches\/1$/, 2), { provider: once, consumer: once }),
  ...at(step('the consumer’s settings', 'provider', 'PUT', /\/batches\/2$/), { provider: once, consumer: once }),
  ...at(step('the provider’s message token', 'consumer', 'POST', TOKEN, 2), { provider: once, consumer: once }),
  ...at(step('the provider’s test', 'consumer', 'PUT', /\/batches\/1$/, 2), { provider: once, consumer: once }),
  ...at(step('the provider’s settings', 'consumer', 'PUT', /\/batches\/2$/), { provider: once, consumer: once }),
  ...at(step('prepared', 'provider', 'POST', /\/prepared$/), { provider: once, consumer: once }),
  ...at(step('the commit', 'consumer', 'POST', /\/commit$/), { provider: once, consumer: once }),
  ...at(step('the commit', 'consumer', 'POST', /\/commit$/), { provider: [null, 1] }, 'passed'),
];

/** LIAISE_TEST_THOROUGH=1: every point there is, and many more pairs of them. */
export const thorough = process.env.LIAISE_TEST_THOROUGH === '1';

/**
 * The points of a usual run: each side dies at every step, once. Who answers the step dies when it has, so that its work is
 * done and nobody knows; who asks for the step dies before, so that it is intended and not done. The other two are these
 * again, seen from the other side. What dies with its answer passed on is no repetition and stays.
 */
export const usualPoints = (points: readonly FaultPoint[]): readonly FaultPoint[] =>
  points.filter((point) => {
    const wanted = point.strikes === point.to ? 'after' : 'before';
    const isStep = ({ strikes, to, method, path, nth, answer }: FaultPoint) =>
      strikes === point.strikes &&
      to === point.to &&
      method === point.method &&
      path.source === point.path.source &&
      nth === point.nth &&
      answer === point.answer;
    return thorough || point.when === wanted || points.filter(isStep).length === 1;
  });
