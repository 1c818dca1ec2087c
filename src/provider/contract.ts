import { z } from 'zod';
import { userId } from '../kernel/actor.ts';
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
import { attemptStepNames } from './onboarding/attempt.ts';
import { registrationStateNames } from './registration/registration.ts';

export { attemptSteps } from './onboarding/attempt.ts';
export { registrationMachine, registrationStates } from './registration/registration.ts';

const number = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}\\d{7,}$`), `Enter a number such as ${prefix}0001001.`);
export const registrationNumber = number('REG');
export const consumerConnectionNumber = number('CON');

const readers = anyOf('admin', 'sn_sb.admin');
/** The contact of a registration reads that registration, without its work notes and without its link (ACL-01). */
const readersAndContact = anyOf('admin', 'sn_sb.admin', 'sn_sb_pro.consumer');

/** Each one makes this instance call an address that somebody typed (protocol T6). */
const SCANS_PER_MINUTE = 240;

/** Letters, digits and dashes (PRV-02). */
export const providerName = z
  .string()
  .min(1, 'Give the provider a name.')
  .max(80, 'At most 80 characters.')
  .regex(/^[A-Za-z0-9-]+$/, 'Use letters, digits and dashes only.');

const providerView = z.object({ name: z.string(), createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() });

export const getProvider = route({
  method: 'GET',
  path: '/api/provider',
  permission: readers,
  summary: 'The provider record of this instance, or null before it is set up.',
  output: z.object({ provider: providerView.nullable() }),
});

export const setUpProvider = route({
  method: 'PUT',
  path: '/api/provider',
  permission: anyOf('admin'),
  summary: 'Creates the one provider record. A second one is refused.',
  input: z.object({ name: providerName }),
  output: providerView,
  problems: ['provider/provider-exists'],
});

const personView = z.object({ id: z.string(), username: z.string(), name: z.string(), email: z.string().nullable() });

const registrationSummary = z.object({
  number: registrationNumber,
  state: z.enum(registrationStateNames),
  company: z.object({ id: z.string(), name: z.string() }),
  contact: personView,
  url: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const attemptView = z.object({
  number: z.number().int(),
  step: z.enum(attemptStepNames),
  /** When each step was reached. */
  reached: z.array(z.object({ step: z.enum(attemptStepNames), at: z.iso.datetime() })),
  /** The last person who was turned away at the consent page. */
  refusal: z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).nullable(),
  /** Why the attempt ended, in plain words. */
  reason: z.string().nullable(),
});

export const linkStates = ['none', 'live', 'used', 'expired', 'locked'] as const;

export const registrationView = registrationSummary.extend({
  instanceId: z.string().nullable(),
  validation: validationView.nullable(),
  link: z.object({
    state: z.enum(linkStates),
    generation: z.number().int(),
    expiresAt: z.iso.datetime().nullable(),
  }),
  attempt: attemptView.nullable(),
  /** Both instances' fingerprints, once the consumer's identity is known. */
  safetyNumber: z.string().nullable(),
  safetyComparison: safetyComparisonView,
  connection: consumerConnectionNumber.nullable(),
});
export type RegistrationView = z.output<typeof registrationView>;

const byNumber = z.object({ number: registrationNumber });

export const listRegistrations = route({
  method: 'GET',
  path: '/api/registrations',
  permission: readersAndContact,
  summary: 'Consumer registrations, newest first; a contact sees its own only.',
  query: pageQuery.extend({
    state: z.enum(registrationStateNames).optional(),
    sort: sortBy(['number', 'url', 'state', 'updatedAt'], '-number'),
  }),
  output: pageOf(registrationSummary),
});

export const readRegistrationsByMonth = route({
  method: 'GET',
  path: '/api/registrations/by-month',
  permission: readers,
  summary:
    'How many registrations were saved in each of the last twelve months that have any, by the state they are in now.',
  output: z.object({
    months: z.array(
      z.object({
        month: z.string().regex(/^\d{4}-\d{2}$/),
        states: z.partialRecord(z.enum(registrationStateNames), z.number().int()),
      }),
    ),
  }),
});

export const getRegistration = route({
  method: 'GET',
  path: '/api/registrations/{number}',
  permission: readersAndContact,
  summary: 'One registration with its validation, link state and attempt.',
  params: byNumber,
  output: registrationView,
});

export const saveRegistration = route({
  method: 'POST',
  path: '/api/registrations',
  permission: anyOf('admin'),
  summary: 'Saves a consumer registration; its pre-onboarding scan starts by itself.',
  perMinute: SCANS_PER_MINUTE,
  status: 201,
  input: z.object({
    companyId: idType('com').schema,
    contactId: userId.schema,
    url: z.string().min(1, 'Enter the address of the consumer instance.').max(2_000),
    /** Gives the contact the sn_sb_pro.consumer role where it is missing (OQ-05). */
    grantConsumerRole: z.boolean().default(false),
  }),
  output: registrationView,
  problems: ['provider/registration-duplicate'],
});

export const changeRegistration = route({
  method: 'PATCH',
  path: '/api/registrations/{number}',
  permission: anyOf('admin'),
  summary: 'Replaces the contact: the link is renewed and the checks run again. Company and address stay as saved.',
  params: byNumber,
  input: z.object({ contactId: userId.schema, grantConsumerRole: z.boolean().default(false) }),
  output: registrationView,
  problems: ['provider/registration-state'],
});

export const cancelRegistration = route({
  method: 'POST',
  path: '/api/registrations/{number}/cancel',
  permission: anyOf('admin'),
  summary: 'Ends the registration: its link dies and everything provisional is deleted.',
  params: byNumber,
  output: registrationView,
  problems: ['provider/registration-state'],
});

export const regenerateLink = route({
  method: 'POST',
  path: '/api/registrations/{number}/regenerate-link',
  permission: anyOf('admin'),
  summary: 'Makes a new link; the old one stops working and a running attempt ends.',
  params: byNumber,
  output: registrationView,
  problems: ['provider/registration-state'],
});

export const retryRegistration = route({
  method: 'POST',
  path: '/api/registrations/{number}/retry',
  permission: anyOf('admin'),
  summary: 'Repeats at once what the timers would repeat: the scan, the proof, the commit.',
  perMinute: SCANS_PER_MINUTE,
  status: 202,
  params: byNumber,
  output: registrationView,
});

export const confirmRegistrationSafetyNumber = route({
  method: 'POST',
  path: '/api/registrations/{number}/safety-number',
  permission: anyOf('admin'),
  summary: 'Notes that the safety number was compared with the consumer by phone; the digits compared are sent along.',
  params: byNumber,
  input: comparedDigits,
  output: registrationView,
  problems: ['kernel/conflict'],
});

export const listRegistrationActivity = route({
  method: 'GET',
  path: '/api/registrations/{number}/activity',
  permission: readersAndContact,
  summary: 'Comments and work notes, newest first. Work notes and the link are for admin and sn_sb.admin.',
  params: byNumber,
  output: z.object({ items: z.array(activityView) }),
});

export const addRegistrationActivity = route({
  method: 'POST',
  path: '/api/registrations/{number}/activity',
  permission: readers,
  summary: 'Adds a comment or a work note.',
  status: 201,
  params: byNumber,
  input: newActivity,
  output: activityView,
});

const consumerConnectionView = z.object({
  number: consumerConnectionNumber,
  company: z.object({ id: z.string(), name: z.string() }),
  registration: registrationNumber,
  connection: connectionView,
});

export const listConsumerConnections = route({
  method: 'GET',
  path: '/api/consumer-connections',
  permission: readers,
  summary: 'Consumers connected to this provider, newest first.',
  query: pageQuery.extend({ sort: sortBy(['number', 'createdAt'], '-number') }),
  output: pageOf(consumerConnectionView),
});

export const getConsumerConnection = route({
  method: 'GET',
  path: '/api/consumer-connections/{number}',
  permission: readers,
  summary: 'One consumer connection.',
  params: z.object({ number: consumerConnectionNumber }),
  output: consumerConnectionView,
});
