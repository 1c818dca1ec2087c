import { attemptSteps, type ProviderConnectionView } from '../../../src/consumer/contract.ts';
import { type Step, Steps } from '../shell/detail.tsx';
import { Card } from '../shell/page.tsx';
import { strings } from './strings.ts';

type StepName = keyof typeof attemptSteps;
const path: StepName[] = ['greeting', 'authorising', 'redeeming', 'confirming', 'testing', 'prepared', 'connected'];

/** The attempt step by step; the one that is under way says what it waits for. */
export function AttemptCard({ connection: { attempt } }: { connection: ProviderConnectionView }) {
  if (attempt === null) return null;
  const reached = new Map(attempt.reached.map(({ step, at }) => [step, at]));
  const steps: Step[] = path.map((name) => {
    const at = reached.get(name) ?? null;
    const current = attempt.step === name && name !== 'connected';
    return {
      key: name,
      title: strings.stepNames[name],
      tone: current ? 'busy' : at !== null ? 'good' : 'idle',
      state: current ? strings.waiting : at !== null ? strings.reached : strings.todo,
      at,
      body: current && attempt.reason !== null ? `${attemptSteps[name]} ${attempt.reason}` : attemptSteps[name],
    };
  });
  if (attempt.step === 'aborted')
    steps.push({
      key: 'aborted',
      title: strings.stepNames.aborted,
      tone: 'bad',
      state: strings.failed,
      at: reached.get('aborted') ?? null,
      body: attempt.reason ?? attemptSteps.aborted,
    });
  return (
    <Card title={strings.progress} actions={<span>{strings.attempt(attempt.number)}</span>}>
      <Steps label={strings.progress} steps={steps} />
    </Card>
  );
}
