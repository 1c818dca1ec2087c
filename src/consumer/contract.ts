import { z } from 'zod';
import { idType } from '../kernel/ids.ts';
import { pageOf, pageQuery, sortBy } from '../kernel/page.ts';
import { anyOf } from '../kernel/role.ts';
import { route } from '../kernel/route.ts';
import {
  activityView,
  comparedDigits,
  connectionView,
  newActivity,
  safetyComparisonView,
  validationView,
} from '../link/contract.ts';
import { attemptStepNames } from './connect/attempt.ts';
import { providerConnectionStateNames } from './provider-connection.ts';

export { attemptSteps } from './connect/attempt.ts';
export { providerConnectionMachine, providerConnectionStates } from './provider-connection.ts';

export const providerConnectionNumber = z.string().regex(/^PRC\d{7,}$/, 'Enter a number such as PRC0001001.');

const readers = anyOf('admin', 'sn_sb.admin');

const providerConnectionSummary = z.object({
  number: providerConnectionNumber,
  state: z.enum(providerConnectionStateNames),
  /** Who invites: what its signed invitation and identity say. */
  provider: z.object({
    name: z.string(),
    origin: z.string(),
    instanceId: z.string(),
    firstSeenAt: z.iso.datetime(),
  }),
  company: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const providerConnectionView = providerConnectionSummary.extend({
  /** The contact the provider expects to consent, masked: `j…@example.org`. */
  contact: z.string(),
  linkExpiresAt: z.iso.datetime(),
  validation: validationView.nullable(),
  attempt: z
    .object({
      number: z.number().int(),
      step: z.enum(attemptStepNames),
      reached: z.array(z.object({ step: z.enum(attemptStepNames), at: z.iso.datetime() })),
      /** Why the attempt ended or what it waits for, in plain words. */
      reason: z.string().nullable(),
    })
    .nullable(),
  safetyNumber: z.string(),
  safetyComparison: safetyComparisonView,
  connection: connectionView.nullable(),
});
export type ProviderConnectionView = z.output<typeof providerConnectionView>;

const byNumber = z.object({ number: providerConnectionNumber });

export const importRegistrationLink = route({
  method: 'POST',
  path: '/api/provider-connections/import',
  permission: anyOf('admin'),
  summary: 'Imports a registration link. Nothing is shared with the provider; importing twice opens the same record.',
  status: 201,
  input: z.object({ code: z.string().min(1, 'Paste the registration link.').max(16_384) }),
  output: providerConnectionView,
  problems: [
    'consumer/link-refused',
    'consumer/link-for-another-instance',
    'consumer/provider-connection-state',
    'consumer/provider-unreachable',
  ],
  perMinute: 20,
});

export const listProviderConnections = route({
  method: 'GET',
  path: '/api/provider-connections',
  permission: readers,
  summary: 'Provider connections, newest first.',
  query: pageQuery.extend({
    state: z.enum(providerConnectionStateNames).optional(),
    sort: sortBy(['number', 'provider', 'state', 'updatedAt'], '-number'),
  }),
  output: pageOf(providerConnectionSummary),
});

export const getProviderConnection = route({
  method: 'GET',
  path: '/api/provider-connections/{number}',
  permission: readers,
  summary: 'One provider connection with its validation and attempt.',
  params: byNumber,
  output: providerConnectionView,
});

export const saveProviderConnection = route({
  method: 'PATCH',
  path: '/api/provider-connections/{number}',
  permission: anyOf('admin'),
  summary: 'Saves the company that stands for the provider; the pre-onboarding scan starts by itself.',
  params: byNumber,
  input: z.object({ companyId: idType('com').schema }),
  output: providerConnectionView,
  problems: ['consumer/provider-connection-state'],
});

export const connectToProvider = route({
  method: 'POST',
  path: '/api/provider-connections/{number}/connect',
  permission: anyOf('admin'),
  summary: 'Starts an attempt and answers with the consent page of the provider.',
  params: byNumber,
  output: z.object({ authorizationUrl: z.url() }),
  problems: ['consumer/provider-connection-state', 'consumer/provider-unreachable', 'consumer/provider-refused'],
  perMinute: 20,
});

export const retryProviderConnection = route({
  method: 'POST',
  path: '/api/provider-connections/{number}/retry',
  permission: anyOf('admin'),
  summary: 'Repeats at once what the timers would repeat.',
  status: 202,
  params: byNumber,
  output: providerConnectionView,
});

export const confirmProviderConnectionSafetyNumber = route({
  method: 'POST',
  path: '/api/provider-connections/{number}/safety-number',
  permission: anyOf('admin'),
  summary: 'Notes that the safety number was compared with the provider by phone; the digits compared are sent along.',
  params: byNumber,
  input: comparedDigits,
  output: providerConnectionView,
  problems: ['kernel/conflict'],
});

export const listProviderConnectionActivity = route({
  method: 'GET',
  path: '/api/provider-connections/{number}/activity',
  permission: readers,
  summary: 'Comments and work notes, newest first.',
  params: byNumber,
  output: z.object({ items: z.array(activityView) }),
});

export const addProviderConnectionActivity = route({
  method: 'POST',
  path: '/api/provider-connections/{number}/activity',
  permission: anyOf('admin', 'sn_sb.admin'),
  summary: 'Adds a comment or a work note.',
  status: 201,
  params: byNumber,
  input: newActivity,
  output: activityView,
});
