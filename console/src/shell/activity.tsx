import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { CallOf, Route } from '../../../src/kernel/route.ts';
import type { ActivityView, newActivity } from '../../../src/link/contract.ts';
import { type CallArguments, call } from '../api/client.ts';
import { useRead } from '../api/queries.ts';
import { useMay } from '../api/session.tsx';
import { CopyField } from './copy-field.tsx';
import css from './detail.module.css';
import { Failure } from './failure.tsx';
import { Form, useFields } from './form.tsx';
import { LongText } from './long-text.tsx';
import { Card } from './page.tsx';
import { useSameByApi } from './same-by-api.tsx';
import { strings, when } from './strings.ts';

type NewActivity = z.input<typeof newActivity>;
type ActivityProps = { number: string; list: Route; add: Route; every: number };

/** The stream of a record, newest first: comments for everybody, work notes for those who work on it. */
export function Activity({ number, list, add, every }: ActivityProps) {
  const answer = useRead(list, { params: { number } } as CallOf<Route>, { every });
  const mayWrite = useMay(add.permission);
  useSameByApi({ route: list, params: { number } });
  useSameByApi({ route: add, params: { number } });
  const items = (answer.data as { items: ActivityView[] } | undefined)?.items;
  return (
    <Card title={strings.activity}>
      <div className={css.activity}>
        {mayWrite && <Composer number={number} add={add} />}
        {answer.error && items === undefined ? (
          <Failure error={answer.error} onRetry={() => void answer.refetch()} />
        ) : (
          <ul className={css.stream}>
            {items?.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ul>
        )}
        {items?.length === 0 && <p style={{ margin: 0, color: 'var(--dim)' }}>{strings.noActivity}</p>}
      </div>
    </Card>
  );
}

const kindWords = { comment: strings.comment, workNote: strings.workNote, 'registration-link': strings.linkNote };

/** The program and the other instance sign with their kind and a colon, which no user name holds. */
function writer(author: string): string {
  if (author.startsWith('system:')) return strings.thisInstance;
  return author.startsWith('peer:') ? strings.otherInstance : author;
}

function Entry({ entry }: { entry: ActivityView }) {
  return (
    <li className={`${css.entry} ${entry.kind === 'comment' ? css.comment : css.workNote}`}>
      <div className={css.entryHead}>
        <span className={css.kind}>
          {entry.kind === 'registration-link'
            ? `${strings.workNote} · ${kindWords[entry.kind]}`
            : kindWords[entry.kind]}
        </span>
        <span title={entry.author}>{writer(entry.author)}</span>
        <time dateTime={entry.createdAt}>{when(entry.createdAt)}</time>
      </div>
      <LongText text={entry.text} />
      {entry.link !== undefined && <CopyField value={entry.link} label={strings.linkNote} />}
    </li>
  );
}

function Composer({ number, add }: { number: string; add: Route }) {
  const client = useQueryClient();
  const fields = useFields({ text: '' });
  const write = async (kind: NewActivity['kind']) => {
    const input: NewActivity = { kind, text: fields.values.text };
    const written = await fields.send(() =>
      call(add, ...([{ params: { number }, input }] as unknown as CallArguments<Route>)),
    );
    if (!written) return;
    fields.set({ text: '' });
    await client.invalidateQueries();
  };
  return (
    <Form fields={fields} onSubmit={() => void write('workNote')}>
      <Textarea
        label={strings.write}
        autosize
        minRows={2}
        maxRows={10}
        {...fields.text('text')}
        onChange={(event) => fields.set({ text: event.currentTarget.value })}
      />
      <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap' }}>
        <Button variant="default" loading={fields.busy} title={strings.workNoteHint} onClick={() => write('workNote')}>
          {strings.addWorkNote}
        </Button>
        <Button variant="default" loading={fields.busy} title={strings.commentHint} onClick={() => write('comment')}>
          {strings.addComment}
        </Button>
      </div>
    </Form>
  );
}
