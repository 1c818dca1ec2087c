import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  assignIssue,
  followIssue,
  HEALTH_RECORD,
  type IssueView,
  listIssues,
  muteIssue,
  readIssue,
  unmuteIssue,
} from '../../../src/scan/contract.ts';
import { call } from '../api/client.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { useSession } from '../api/session.tsx';
import { ActButton } from '../shell/act-button.tsx';
import { Detail, Facts } from '../shell/detail.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { Guarded, Refusal, Unread } from '../shell/failure.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { Banner, Card, Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { IssueActivity } from './issue-activity.tsx';
import { IssueBadge, PriorityBadge, recordAddress } from './issue-badges.tsx';
import css from './scan.module.css';
import { strings } from './strings.ts';
import { ValidateButton } from './validate-button.tsx';

const parent = { to: '/health', title: strings.health };
type IssueId = IssueView['id'];

/** One issue: what is wrong, why, what to do and who can, with the buttons to act. */
export function IssueDetail() {
  const { id } = useParams({ strict: false }) as { id: IssueId };
  const every = useLive(HEALTH_RECORD);
  const answer = useRead(readIssue, { params: { id } }, { every });
  const issue = answer.data;
  return (
    <Guarded permission={listIssues.permission} title={strings.issue}>
      {issue === undefined ? (
        <Page title={strings.issue} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={issue.summary}
          parent={parent}
          badge={<IssueBadge issue={issue} />}
          actions={<IssueActions issue={issue} />}
          banner={issue.mutedReason && <Banner tone="idle" title={strings.mutedBecause(issue.mutedReason)} />}
          factsTitle={strings.issue}
          facts={[
            { label: strings.priority, value: <PriorityBadge priority={issue.priority} meaning={issue.category} /> },
            { label: strings.category, value: issue.category },
            { label: strings.side, value: issue.peer ? strings.peer : strings.own },
            { label: strings.source, value: <Source issue={issue} /> },
            ...(issue.connection === null ? [] : [{ label: strings.connection, value: issue.connection.label }]),
            { label: strings.assigned, value: issue.assignedTo?.username ?? strings.nobody },
            { label: strings.count, value: issue.count },
            { label: strings.firstDetected, value: when(issue.firstDetectedAt) },
            { label: strings.detected, value: when(issue.lastDetectedAt) },
          ]}
          activity={<IssueActivity id={issue.id} every={every} />}
        >
          <Guidance issue={issue} />
        </Detail>
      )}
    </Guarded>
  );
}

function Guidance({ issue }: { issue: IssueView }) {
  return (
    <>
      <Card title={strings.what}>
        <p style={{ marginTop: 0, fontWeight: 600 }}>{issue.message}</p>
        <Facts
          facts={[
            { label: strings.cause, value: issue.cause },
            { label: strings.remedy, value: <span style={{ whiteSpace: 'pre-wrap' }}>{issue.remedy}</span> },
            { label: strings.who, value: issue.who },
          ]}
        />
      </Card>
      {issue.origin === 'check' && <About issue={issue} />}
    </>
  );
}

/** The record at fault, where it has a screen. */
function Source({ issue: { source } }: { issue: IssueView }) {
  const to = recordAddress(source);
  return to === null ? source.label : <Link to={to}>{source.label}</Link>;
}

function About({ issue }: { issue: IssueView }) {
  return (
    <>
      <Card title={strings.records}>
        <ul className={css.records}>
          {issue.subjects.map((subject) => {
            const to = recordAddress(subject);
            return (
              <li key={subject.id + subject.suite}>
                {to === null ? subject.label : <Link to={to}>{subject.label}</Link>}
              </li>
            );
          })}
        </ul>
      </Card>
      <Card title={strings.aboutCheck}>
        <p style={{ margin: 0 }}>
          <strong>
            {issue.check.id} {issue.check.name}.
          </strong>{' '}
          {issue.check.description}
        </p>
      </Card>
    </>
  );
}

function IssueActions({ issue }: { issue: IssueView }) {
  const client = useQueryClient();
  const { user } = useSession();
  const [muting, setMuting] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const params = { id: issue.id };
  const resolved = issue.status === 'resolved' ? strings.alreadyResolved : null;
  const mine = issue.assignedTo?.id === user.id;
  const run = (action: Promise<unknown>) => {
    setRefusal(null);
    return action.then(() => client.invalidateQueries(), setRefusal);
  };
  return (
    <>
      <ActButton
        route={assignIssue}
        variant="default"
        hindrance={resolved}
        onClick={() => void run(call(assignIssue, { params, input: { userId: mine ? null : user.id } }))}
      >
        {mine ? strings.unassign : strings.assignMe}
      </ActButton>
      <ActButton
        route={followIssue}
        variant="default"
        hindrance={issue.followed ? null : resolved}
        onClick={() => void run(call(followIssue, { params, input: { follow: !issue.followed } }))}
      >
        {issue.followed ? strings.unfollow : strings.follow}
      </ActButton>
      {issue.muted ? (
        <ActButton
          route={unmuteIssue}
          variant="default"
          hindrance={resolved}
          onClick={() => void run(call(unmuteIssue, { params }))}
        >
          {strings.unmute}
        </ActButton>
      ) : (
        <ActButton route={muteIssue} variant="default" hindrance={resolved} onClick={() => setMuting(true)}>
          {strings.mute}
        </ActButton>
      )}
      <ValidateButton issue={issue} />
      <Refusal error={refusal} />
      <Dialog title={strings.muteTitle} open={muting} onClose={() => setMuting(false)}>
        <MuteForm id={issue.id} onClose={() => setMuting(false)} />
      </Dialog>
    </>
  );
}

function MuteForm({ id, onClose }: { id: IssueId; onClose: () => void }) {
  const client = useQueryClient();
  const fields = useFields({ reason: '' });
  const mute = async () => {
    if (!(await fields.send(() => call(muteIssue, { params: { id }, input: fields.values })))) return;
    onClose();
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={mute} submit={strings.mute}>
      <div>{strings.muteBody}</div>
      <TextInput label={strings.muteReason} required data-autofocus {...fields.text('reason')} />
    </Form>
  );
}
