import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { importRegistrationLink, listProviderConnections } from '../../../src/consumer/contract.ts';
import { listCompanies, listUsers } from '../../../src/directory/contract.ts';
import type { CallOf, Route } from '../../../src/kernel/route.ts';
import { diagnosticsAccess, readKeyHealth } from '../../../src/keys/contract.ts';
import { getProvider, listRegistrations, saveRegistration } from '../../../src/provider/contract.ts';
import { HEALTH_RECORD, readHealthSummary } from '../../../src/scan/contract.ts';
import { useLive } from '../api/live.ts';
import { useRead } from '../api/queries.ts';
import { useMay, useSession } from '../api/session.tsx';
import { type Step, Steps } from '../shell/detail.tsx';
import { Banner, Card, Page } from '../shell/page.tsx';
import css from './overview.module.css';
import { strings } from './strings.ts';

/** Where to begin, and what waits: each line leads to the screen that settles it. */
export function Overview() {
  const { user } = useSession();
  const mayRegister = useMay(saveRegistration.permission);
  const mayImport = useMay(importRegistrationLink.permission);
  const mayReadHealth = useMay(readHealthSummary.permission);
  return (
    <Page title={strings.home} lead={strings.homeLead(user.name)} width="wide">
      {mayReadHealth && <Attention />}
      <div className={css.cards}>
        {mayRegister && <RegisterCard />}
        {mayImport && <ConnectCard />}
        {!mayRegister && !mayImport && <ReaderCard />}
      </div>
    </Page>
  );
}

/** One number, read cheaply: how many entries a list has. */
const useCount = (route: Route, query: Record<string, string> = {}): number | undefined =>
  (useRead(route, { query: { ...query, limit: 1 } } as unknown as CallOf<Route>).data as { total: number } | undefined)
    ?.total;

function Attention() {
  const every = useLive(HEALTH_RECORD);
  const summary = useRead(readHealthSummary, {}, { every }).data;
  if (summary === undefined || summary.total === 0) return null;
  return (
    <Banner tone={summary.waiting.length > 0 ? 'bad' : 'warn'} title={strings.attention(summary.total)}>
      {summary.waiting.length > 0 && `${strings.waiting(summary.waiting.map(({ label }) => label).join(', '))} `}
      <Link to="/health">{strings.toHealth}</Link>
    </Banner>
  );
}

function RegisterCard() {
  const { roles } = useSession();
  const mayDiagnose = diagnosticsAccess(roles) !== 'none';
  const provider = useRead(getProvider, {}).data?.provider;
  const keys = useRead(readKeyHealth, {}, { enabled: mayDiagnose }).data;
  const companies = useCount(listCompanies);
  const contacts = useCount(listUsers, { role: 'sn_sb_pro.consumer' });
  const registrations = useCount(listRegistrations);
  const keyBody = mayDiagnose ? (
    <Link to="/key-management/health">{strings.stepKeysOpen}</Link>
  ) : (
    <>
      {strings.stepKeysRoles} <Link to="/contacts">{strings.contacts}</Link>
    </>
  );
  const steps = [
    step(
      strings.stepProvider,
      provider !== undefined && provider !== null,
      <Link to="/provider">{strings.stepProviderOpen}</Link>,
    ),
    step(strings.stepKeys, keys?.onboardingReady === true, keyBody),
    step(strings.stepCompany, (companies ?? 0) > 0, <Link to="/companies">{strings.stepCompanyOpen}</Link>),
    step(strings.stepContact, (contacts ?? 0) > 0, <Link to="/contacts">{strings.stepContactOpen}</Link>),
    step(
      strings.stepRegister,
      (registrations ?? 0) > 0,
      <Link to="/registrations/new">{strings.stepRegisterOpen}</Link>,
    ),
  ];
  return (
    <Card title={strings.registerTitle}>
      <Steps label={strings.registerTitle} steps={steps} />
    </Card>
  );
}

function ConnectCard() {
  const connections = useCount(listProviderConnections);
  const onboarded = useCount(listProviderConnections, { state: 'onboarded' });
  const steps = [
    step(strings.stepImport, (connections ?? 0) > 0, <Link to="/provider-connections">{strings.stepImportOpen}</Link>),
    step(strings.stepConnect, (onboarded ?? 0) > 0, <Link to="/provider-connections">{strings.stepConnectOpen}</Link>),
  ];
  return (
    <Card title={strings.connectTitle}>
      <Steps label={strings.connectTitle} steps={steps} />
    </Card>
  );
}

function ReaderCard() {
  const mayRead = useMay(listRegistrations.permission);
  return (
    <Card title={strings.readerTitle}>
      <p style={{ margin: 0 }}>
        {strings.reader} {mayRead && <Link to="/registrations">{strings.registrations}</Link>}
      </p>
    </Card>
  );
}

const step = (title: string, done: boolean, body: ReactNode): Step => ({
  key: title,
  title,
  tone: done ? 'good' : 'idle',
  state: done ? strings.done : strings.todo,
  body,
});
