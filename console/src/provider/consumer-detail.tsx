import { Link, useParams } from '@tanstack/react-router';
import { getConsumerConnection } from '../../../src/provider/contract.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { ConnectionCard, ConnectionStatus } from '../link/connection-card.tsx';
import { Detail } from '../shell/detail.tsx';
import { Guarded, Unread } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { when } from '../shell/strings.ts';
import { strings } from './strings.ts';

const parent = { to: '/consumers', title: strings.consumers };

export function ConsumerDetail() {
  const { number } = useParams({ strict: false }) as { number: string };
  const every = useLive(number);
  const answer = useRead(getConsumerConnection, { params: { number } }, { every });
  const consumer = answer.data;
  return (
    <Guarded permission={getConsumerConnection.permission} title={strings.consumer}>
      {consumer === undefined ? (
        <Page title={number} parent={parent}>
          <Unread answer={answer} />
        </Page>
      ) : (
        <Detail
          number={consumer.number}
          parent={parent}
          badge={<ConnectionStatus status={consumer.connection.status} />}
          factsTitle={strings.facts}
          facts={[
            {
              label: strings.company,
              value: <Link to={`/companies/${consumer.company.id}`}>{consumer.company.name}</Link>,
            },
            {
              label: strings.registration,
              value: <Link to={`/registrations/${consumer.registration}`}>{consumer.registration}</Link>,
            },
            { label: strings.created, value: when(consumer.connection.createdAt) },
          ]}
        >
          <ConnectionCard connection={consumer.connection} />
        </Detail>
      )}
    </Guarded>
  );
}
