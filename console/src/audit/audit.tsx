import { Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { type auditEntry, exportAudit, listAudit, verifyAuditLog } from '../../../src/audit/contract.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { call } from '../api/client.ts';
import { Guarded, Refusal } from '../shell/failure.tsx';
import { Banner, Page } from '../shell/page.tsx';
import { SameCall } from '../shell/same-by-api.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings as shared, when, whenExactly } from '../shell/strings.ts';
import { Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { strings } from './strings.ts';

type Entry = z.output<typeof auditEntry>;
type Report = OutputOf<typeof verifyAuditLog>;

const names = ['event', 'actor', 'subject'] as const;

export function Audit() {
  const { values, set, clear } = useAddress(names);
  return (
    <Guarded permission={listAudit.permission} title={strings.audit}>
      <Page
        title={strings.audit}
        lead={strings.auditLead}
        width="wide"
        actions={
          <Button
            component="a"
            href={exportAudit.path}
            download="audit.jsonl"
            variant="default"
            title={strings.exportHint}
          >
            {strings.export}
          </Button>
        }
      >
        <SameCall route={verifyAuditLog} />
        <SameCall route={exportAudit} />
        <Verification />
        <Table<Entry>
          caption={strings.audit}
          route={listAudit}
          query={values}
          onClear={clear}
          filters={
            <>
              <ExactField label={strings.anySubject} value={values.subject} onChange={(subject) => set({ subject })} />
              <ExactField label={strings.anybody} value={values.actor} onChange={(actor) => set({ actor })} />
              <ExactField label={strings.anyEvent} value={values.event} onChange={(event) => set({ event })} />
            </>
          }
          keyOf={({ id }) => String(id)}
          empty={{ title: strings.none, hint: strings.noneHint }}
          columns={[
            { title: strings.at, sort: 'at', cell: ({ at }) => whenExactly(at), width: '190px' },
            { title: strings.event, sort: 'event', cell: ({ event }) => <strong>{event}</strong> },
            { title: strings.actor, cell: ({ actor }) => actorWords(actor) },
            { title: strings.subject, sort: 'subject', cell: ({ subject }) => subject },
            {
              title: strings.outcome,
              cell: ({ outcome }) => (
                <StateBadge words={strings.outcomes[outcome]} tone={outcome === 'done' ? 'idle' : 'bad'} />
              ),
              width: '110px',
            },
            { title: strings.detail, cell: ({ detail }) => detailWords(detail) },
            { title: strings.position, cell: ({ position }) => position ?? strings.unchained, width: '110px' },
          ]}
        />
      </Page>
    </Guarded>
  );
}

function actorWords({ kind, name, via }: Entry['actor']): string {
  if (kind === 'peer') return `${name} (${strings.peer})`;
  if (kind === 'system') return `${name} (${strings.system})`;
  return via === 'token' ? `${name} (${strings.viaToken})` : name;
}

const detailWords = (detail: Entry['detail']): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ') || shared.none;

/** Never says intact without having recomputed it just now. */
function Verification() {
  const [report, setReport] = useState<Report | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    setRefusal(null);
    await call(verifyAuditLog, { query: {} }).then(setReport, setRefusal);
    setBusy(false);
  };
  const button = (
    <Button variant="default" mt={8} loading={busy} onClick={verify}>
      {strings.verify}
    </Button>
  );
  if (report === null)
    return (
      <Banner tone="idle" title={strings.notVerified}>
        <Refusal error={refusal} />
        {button}
      </Banner>
    );
  const told =
    report.to === 0
      ? strings.nothingChained
      : `${strings.range(report.from, report.to, report.heads)} ${report.lastHead ? strings.lastHead(report.lastHead.position, when(report.lastHead.signedAt)) : ''}`;
  return (
    <Banner
      tone={report.intact ? (report.to === 0 ? 'idle' : 'good') : 'bad'}
      title={report.intact ? strings.intact : strings.broken}
    >
      {told}
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>
        {report.findings.map(({ position, message }) => (
          <li key={`${position}${message}`}>{message}</li>
        ))}
      </ul>
      <Refusal error={refusal} />
      {button}
    </Banner>
  );
}

/** A filter that takes a whole word: applied on Enter or on leaving the field. */
function ExactField(props: { label: string; value: string | undefined; onChange: (value: string) => void }) {
  const { label, value = '', onChange } = props;
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const apply = () => typed.trim() !== value && onChange(typed.trim());
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
}
