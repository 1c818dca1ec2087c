import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import {
  addIssueActivity,
  type IssueActivityView,
  type IssueView,
  listIssueActivity,
} from '../../../src/scan/contract.ts';
import { call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { useMay } from '../api/session.tsx';
import { Failure } from '../shell/failure.tsx';
import { Form, useFields } from '../shell/form.tsx';
import { LongText } from '../shell/long-text.tsx';
import { Card } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import css from './scan.module.css';
import { strings } from './strings.ts';

type Props = { id: IssueView['id']; every: number };

/** Comments and work notes of an issue, newest first (HLT-13). */
export function IssueActivity({ id, every }: Props) {
  const answer = useRead(listIssueActivity, { params: { id } }, { every });
  const mayWrite = useMay(addIssueActivity.permission);
  const items = answer.data?.items;
  return (
    <Card title={shared.activity}>
      {mayWrite && <Composer id={id} />}
      {answer.error && items === undefined && <Failure error={answer.error} onRetry={() => void answer.refetch()} />}
      {items?.length === 0 && <p className={css.none}>{shared.noActivity}</p>}
      <ul className={css.stream}>
        {items?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
    </Card>
  );
}

const Entry = ({ entry }: { entry: IssueActivityView }) => (
  <li>
    <div className={css.entryHead}>
      <strong>{entry.kind === 'comment' ? shared.comment : shared.workNote}</strong>
      <span>{entry.author}</span>
      <time dateTime={entry.createdAt}>{when(entry.createdAt)}</time>
    </div>
    <LongText text={entry.text} />
  </li>
);

function Composer({ id }: Pick<Props, 'id'>) {
  const client = useQueryClient();
  const fields = useFields({ text: '' });
  const write = async (kind: IssueActivityView['kind']) => {
    const input = { kind, text: fields.values.text };
    if (!(await fields.send(() => call(addIssueActivity, { params: { id }, input })))) return;
    fields.set({ text: '' });
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={() => void write('workNote')}>
      <Textarea
        label={shared.write}
        autosize
        minRows={2}
        maxRows={10}
        {...fields.text('text')}
        onChange={(event) => fields.set({ text: event.currentTarget.value })}
      />
      <div className={css.compose}>
        <Button variant="default" loading={fields.busy} onClick={() => write('workNote')}>
          {shared.addWorkNote}
        </Button>
        <Button variant="default" loading={fields.busy} title={strings.commentHint} onClick={() => write('comment')}>
          {shared.addComment}
        </Button>
      </div>
    </Form>
  );
}
