import type { ValidationView } from '../../../src/link/contract.ts';
import { type Step, Steps } from '../shell/detail.tsx';
import { Card, type Tone } from '../shell/page.tsx';
import { strings } from './strings.ts';

type Check = ValidationView['checks'][number];

const tones = { waiting: 'idle', passed: 'good', failed: 'bad' } as const satisfies Record<Check['outcome'], Tone>;

/** The checks of a record one by one, as they come in. */
export function ValidationCard({ validation }: { validation: ValidationView }) {
  const running = validation.status === 'running' || validation.status === 'queued';
  return (
    <Card title={strings.checks} actions={<span role="status">{statusLine(validation)}</span>}>
      <Steps label={strings.checks} steps={validation.checks.map((check) => stepOf(check, running))} />
    </Card>
  );
}

const stepOf = (check: Check, running: boolean): Step => ({
  key: check.id,
  title: check.name,
  tone: check.outcome === 'waiting' && running ? 'busy' : tones[check.outcome],
  state: strings.checkOutcome[check.outcome],
  body:
    check.findings.length === 0
      ? undefined
      : check.findings.map(({ message, remedy, who }) => (
          <div key={message + remedy} style={{ marginTop: 4 }}>
            <strong>{message}</strong>
            <div style={{ whiteSpace: 'pre-line' }}>
              {strings.remedy} {remedy}
            </div>
            <div>
              {strings.who} {who}
            </div>
          </div>
        )),
});

function statusLine({ status, checks }: ValidationView): string {
  if (status === 'queued') return strings.queued;
  if (status === 'failed') return strings.ended;
  const done = checks.filter(({ outcome }) => outcome !== 'waiting').length;
  return status === 'running' ? `${strings.running} ${done}/${checks.length}` : `${done}/${checks.length}`;
}
