import { Link, useParams } from '@tanstack/react-router';
import { HEALTH_RECORD } from '../../../src/scan/contract.ts';
import { type ErrorView, type KnownErrorView, listErrors, listKnownErrors } from '../../../src/scan/errors/contract.ts';
import { useLive } from '../api/live.ts';
import { Guarded } from '../shell/failure.tsx';
import { Card, Page } from '../shell/page.tsx';
import { strings as shared, when } from '../shell/strings.ts';
import { Table } from '../shell/table.tsx';
import { useAddress } from '../shell/use-address.ts';
import { recordAddress } from './issue-badges.tsx';
import { strings } from './strings.ts';

const names = ['search', 'code'] as const;

/** The Error Log of one role of this instance, with the errors of neither (ERR-01, ERR-02), and the known errors. */
export function ErrorLog() {
  const { side } = useParams({ strict: false }) as { side: 'provider' | 'consumer' };
  const { values, set, clear } = useAddress(names);
  const every = useLive(HEALTH_RECORD);
  const narrowed = values.search !== undefined || values.code !== undefined;
  return (
    <Guarded permission={listErrors.permission} title={strings.errorLog}>
      <Page title={strings.errorLogs[side]} lead={strings.errorLogLead} width="wide">
        <Table<ErrorView>
          key={side}
          caption={strings.errorLog}
          route={listErrors}
          query={{ ...values, side }}
          every={every}
          onSearch={(search) => set({ search })}
          {...(narrowed && { onClear: clear })}
          keyOf={({ number }) => number}
          empty={{ title: strings.noErrors, hint: strings.noErrorsHint }}
          unmatched={
            narrowed
              ? { title: shared.nothingFound, hint: shared.nothingFoundHint }
              : { title: strings.noErrors, hint: strings.noErrorsHint }
          }
          columns={[
            { title: strings.errorNumber, sort: 'number', cell: NumberCell, width: '130px' },
            { title: strings.knownError, sort: 'code', cell: ({ knownError }) => <strong>{knownError}</strong> },
            { title: strings.errorText, broad: true, cell: ({ text, times }) => `${text}${strings.times(times)}` },
            { title: strings.cause, cell: ({ cause }) => cause },
            { title: strings.solution, cell: ({ solution }) => solution },
            { title: strings.recordOrConnection, cell: SourceCell },
            { title: strings.created, cell: ({ createdAt }) => when(createdAt), width: '160px' },
          ]}
        />
        <Card title={strings.knownErrors} flush>
          <Table<KnownErrorView>
            caption={strings.knownErrors}
            route={listKnownErrors}
            bare
            keyOf={({ code }) => code}
            empty={{ title: strings.knownErrors, hint: '' }}
            columns={[
              { title: strings.knownError, cell: ({ name }) => name },
              { title: strings.category, cell: ({ category }) => category, width: '130px' },
              { title: strings.cause, cell: ({ cause }) => cause },
              { title: strings.solution, broad: true, cell: ({ solution }) => solution },
            ]}
          />
        </Card>
      </Page>
    </Guarded>
  );
}

const NumberCell = ({ number, issue }: ErrorView) =>
  issue === null ? number : <Link to={`/health/issues/${issue}`}>{number}</Link>;

function SourceCell({ source, connection }: ErrorView) {
  const to = recordAddress(source);
  if (to !== null) return <Link to={to}>{source.label}</Link>;
  return connection?.label ?? source.label;
}
