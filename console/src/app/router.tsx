import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { App } from './app.tsx';
import { NoScreen } from './no-screen.tsx';

const root = createRootRoute({ component: App, notFoundComponent: NoScreen });

type Screen = { path: string; component: ReturnType<typeof lazyRouteComponent> };

/** A screen whose code is fetched when it is opened. */
const screen = <Module extends Record<string, ComponentType | unknown>>(
  path: string,
  load: () => Promise<Module>,
  name: keyof Module & string,
): Screen => ({ path, component: lazyRouteComponent(load as () => Promise<Record<string, never>>, name) });

const directory = () => import('../directory/screens.ts');
const provider = () => import('../provider/screens.ts');
const consumer = () => import('../consumer/screens.ts');
const scan = () => import('../scan/screens.ts');
const keys = () => import('../keys/screens.ts');
const settings = () => import('../settings/settings.tsx');
const audit = () => import('../audit/audit.tsx');
const mail = () => import('../mail/mail.tsx');

const screens: Screen[] = [
  screen('/', () => import('./overview.tsx'), 'Overview'),
  screen('/forgot-password', directory, 'ForgotPassword'),
  screen('/welcome', directory, 'Welcome'),
  screen('/provider', provider, 'ProviderRecord'),
  screen('/registrations', provider, 'Registrations'),
  screen('/registrations/new', provider, 'NewRegistration'),
  screen('/registrations/$number', provider, 'RegistrationDetail'),
  screen('/consumers', provider, 'Consumers'),
  screen('/consumers/$number', provider, 'ConsumerDetail'),
  screen('/sx/join', consumer, 'Join'),
  screen('/provider-connections', consumer, 'ProviderConnections'),
  screen('/provider-connections/$number', consumer, 'ProviderConnectionDetail'),
  screen('/health', scan, 'Health'),
  screen('/health/issues/$id', scan, 'IssueDetail'),
  screen('/health/suites', scan, 'Suites'),
  screen('/error-log/$side', scan, 'ErrorLog'),
  screen('/health/runs/$id', scan, 'RunDetail'),
  screen('/key-management/health', keys, 'KeyHealth'),
  screen('/key-management/modules', keys, 'Modules'),
  screen('/key-management/modules/$name', keys, 'ModuleDetail'),
  screen('/companies', directory, 'Companies'),
  screen('/companies/$id', directory, 'CompanyDetail'),
  screen('/contacts', directory, 'Contacts'),
  screen('/contacts/new', directory, 'NewContact'),
  screen('/contacts/$id', directory, 'ContactDetail'),
  screen('/roles', directory, 'Roles'),
  screen('/api-tokens', directory, 'ApiTokens'),
  screen('/mail', mail, 'Mail'),
  screen('/audit', audit, 'Audit'),
  screen('/settings', settings, 'Settings'),
];

const routeTree = root.addChildren(
  screens.map(({ path, component }) => createRoute({ getParentRoute: () => root, path, component })),
);

/** Search members are plain words, so that an address reads as people would write it. */
const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));
function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: 'intent',
  defaultPreloadDelay: 50,
});
