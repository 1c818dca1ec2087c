import { Link } from '@tanstack/react-router';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { priorities, readHealthSummary } from '../../../src/scan/contract.ts';
import { useRead } from '../api/queries.ts';
import { Card } from '../shell/page.tsx';
import { recordAddress } from './issue-badges.tsx';
import css from './scan.module.css';
import { Score } from './score.tsx';
import { strings } from './strings.ts';

type Open = OutputOf<typeof readHealthSummary>['open'];

/** How much there is to do, and what waits for it. */
export function Summary({ every }: { every: number }) {
  const answer = useRead(readHealthSummary, {}, { every });
  const summary = answer.data;
  if (summary === undefined) return null;
  return (
    <div className={css.summary}>
      <Card title={strings.score}>
        <Score score={summary.score} />
        <p className={css.none}>{summary.score === null ? strings.noScoreHint : strings.scoreHint}</p>
      </Card>
      <Card title={strings.openByPriority}>
        <Bars open={summary.open} />
      </Card>
      <Card title={strings.waiting}>
        {summary.waiting.length === 0 ? (
          <p className={css.none}>{strings.waitingNone}</p>
        ) : (
          <ul className={css.waiting}>
            {summary.waiting.map((record) => {
              const to = recordAddress(record);
              return (
                <li key={record.id}>
                  {to === null ? record.label : <Link to={to}>{record.label}</Link>}
                  <Link to="/health" search={{ subject: record.label } as never}>
                    {strings.openIssues(record.openIssues)}
                  </Link>
                </li>
              );
            })}
          </ul>
        )}
      </Card>
    </div>
  );
}

/** A bar chart whose text is its own table: screen readers and eyes read the same numbers. */
function Bars({ open }: { open: Open }) {
  const most = Math.max(1, ...priorities.map((priority) => open[priority].own + open[priority].peer));
  return (
    <table className={css.bars}>
      <tbody>
        {priorities.map((priority) => {
          const { own, peer } = open[priority];
          return (
            <tr key={priority}>
              <th scope="row">{strings.priorities[priority]}</th>
              <td className={css.track} aria-hidden="true">
                <span style={{ width: `${(own / most) * 100}%` }} data-side="own" />
                <span style={{ width: `${(peer / most) * 100}%` }} data-side="peer" />
              </td>
              <td className={css.figures}>
                {own} {strings.ownShort}, {peer} {strings.peerShort}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
