import { attemptSteps, type RegistrationView } from '../../../src/provider/contract.ts';
import { type Step, Steps } from '../shell/detail.tsx';
import { Card } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import { strings } from './strings.ts';

type StepName = keyof typeof attemptSteps;
const path: StepName[] = ['claimed', 'authorised', 'keyed', 'committed', 'connected'];

/** How far the consumer has come, step by step with the time each was reached. */
export function AttemptCard({ registration: { attempt, state } }: { registration: RegistrationView }) {
  if (attempt === null)
    return state === 'open' ? (
      <Card title={strings.progress}>
        <p style={{ margin: 0 }}>{strings.noAttempt}</p>
      </Card>
    ) : null;
  const reached = new Map(attempt.reached.map(({ step, at }) => [step, at]));
  const ended = attempt.step === 'aborted';
  const steps: Step[] = path.map((name, index) => {
    const at = reached.get(name) ?? null;
    const next = at === null && !ended && path.slice(0, index).every((earlier) => reached.has(earlier));
    return {
      key: name,
      title: strings.steps[name],
      tone: at !== null ? 'good' : next ? 'busy' : 'idle',
      state: at !== null ? strings.reached : next ? strings.waiting : shared.none,
      at,
      body: attemptSteps[name],
    };
  });
  if (ended)
    steps.push({
      key: 'aborted',
      title: strings.steps.aborted,
      tone: 'bad',
      state: strings.steps.aborted,
      at: reached.get('aborted') ?? null,
      body: attempt.reason ?? attemptSteps.aborted,
    });
  return (
    <Card title={strings.progress} actions={<span>{strings.attempt(attempt.number)}</span>}>
      <Steps label={strings.progress} steps={steps} />
    </Card>
  );
}
