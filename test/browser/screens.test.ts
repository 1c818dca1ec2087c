import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONSUMER_ADMIN, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { listIssues, listRuns } from '../../src/scan/contract.ts';
import { overflowOf, violationsOf } from './accessibility.ts';
import { type Prepared, prepareConnection, prepareFailure } from './prepare.ts';
import { closeBrowser, keepScreen, openStage, type Stage, signIn } from './stage.ts';

let stage: Stage;
let prepared: Prepared & { failed: string };

beforeAll(async () => {
  stage = await openStage();
  const connected = await prepareConnection(stage);
  prepared = { ...connected, failed: await prepareFailure(connected) };
}, 120_000);
afterAll(async () => {
  await stage.close();
  await closeBrowser();
});

/** Address, and words that stand there once everything has been read. */
type Screen = { name: string; path: string; shows: string };

async function screensOfProvider(): Promise<Screen[]> {
  const { contact, failed, provider } = prepared;
  const { items } = await provider.api.call(listIssues, { query: {} });
  const runs = await provider.api.call(listRuns, { query: {} });
  return [
    { name: 'overview', path: '/', shows: 'Name this provider' },
    { name: 'provider', path: '/provider', shows: 'Northwind-Services' },
    { name: 'registrations', path: '/registrations', shows: 'REG0001001' },
    { name: 'registrations-none', path: '/registrations?state=cancelled', shows: 'Nothing matches' },
    { name: 'registration-new', path: '/registrations/new', shows: 'Company not on file?' },
    { name: 'registration-complete', path: '/registrations/REG0001001', shows: 'Progress of the attempt' },
    { name: 'registration-failed', path: `/registrations/${failed}`, shows: 'cannot open yet' },
    { name: 'registration-missing', path: '/registrations/REG9999999', shows: 'No such record' },
    { name: 'consumers', path: '/consumers', shows: 'CON0001001' },
    { name: 'consumer', path: '/consumers/CON0001001', shows: 'Service account' },
    { name: 'provider-connections-empty', path: '/provider-connections', shows: 'No provider connection yet' },
    { name: 'join-empty', path: '/sx/join', shows: 'holds no registration link' },
    { name: 'health', path: '/health', shows: 'Validate & Resolve' },
    { name: 'health-filtered', path: `/health?subject=${failed}`, shows: 'Only issues that hold up' },
    { name: 'issue', path: `/health/issues/${items[0]?.id}`, shows: 'About this check' },
    { name: 'key-health', path: '/key-management/health', shows: 'Checked' },
    { name: 'modules', path: '/key-management/modules', shows: 'Why was this refused' },
    { name: 'module', path: '/key-management/modules/sx.sign', shows: 'Version 1' },
    { name: 'companies', path: '/companies', shows: 'Contoso Retail' },
    { name: 'company', path: `/companies/${contact.companyId}`, shows: 'Carol Jones' },
    { name: 'contacts', path: '/contacts', shows: 'Carol Jones' },
    { name: 'contact', path: `/contacts/${contact.contactId}`, shows: 'Roles not held' },
    { name: 'contact-new', path: '/contacts/new', shows: 'Give the role' },
    { name: 'roles', path: '/roles', shows: 'sn_sb_pro.consumer' },
    { name: 'mail', path: '/mail', shows: 'Mail is off' },
    { name: 'audit', path: '/audit', shows: 'Not verified on this screen yet' },
    { name: 'settings', path: '/settings', shows: 'LIAISE_PUBLIC_URL' },
    { name: 'suites', path: '/health/suites', shows: 'Pre-Onboarding' },
    { name: 'run', path: `/health/runs/${runs.items[0]?.id}`, shows: 'Role of this instance' },
    { name: 'error-log', path: '/error-log/provider', shows: 'A mail could not be delivered' },
    { name: 'api-tokens', path: '/api-tokens', shows: 'You have no API token' },
    { name: 'no-screen', path: '/nothing/here', shows: 'No such screen' },
  ];
}

const screensOfConsumer: Screen[] = [
  { name: 'provider-connections', path: '/provider-connections', shows: 'PRC0001001' },
  { name: 'provider-connection', path: '/provider-connections/PRC0001001', shows: 'Service account' },
];

const looks = (['light', 'dark'] as const).flatMap((theme) => [375, 1920].map((width) => ({ theme, width })));

test.each(looks)(
  'every screen in $theme at $width px: no violation of WCAG 2.2 AA, no scrolling sideways',
  async (look) => {
    const wrong: string[] = [];
    const visit = async (origin: string, account: typeof PROVIDER_ADMIN, screens: readonly Screen[]) => {
      const page = await stage.window(look);
      page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
      await page.goto(origin);
      await page.getByLabel('User name').waitFor();
      wrong.push(...(await violationsOf(page)).map((line) => `sign-in: ${line}`));
      await signIn(page, account);
      for (const { name, path, shows } of screens) {
        await page.goto(origin + path);
        await page.getByRole('main').getByText(shows).first().waitFor();
        await keepScreen(page, `${name}-${look.theme}-${look.width}`);
        wrong.push(...(await violationsOf(page)).map((line) => `${name}: ${line}`));
        const overflow = await overflowOf(page);
        if (overflow > 0) wrong.push(`${name}: ${overflow} px wider than the window`);
      }
    };
    await visit(stage.provider.origin, PROVIDER_ADMIN, await screensOfProvider());
    await visit(stage.consumer.origin, CONSUMER_ADMIN, screensOfConsumer);
    expect(wrong).toEqual([]);
  },
);
