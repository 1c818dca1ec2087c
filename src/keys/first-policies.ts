import type { ModuleName, Operation } from './module.ts';

type Grants = Partial<Record<ModuleName, readonly Operation[]>>;

/**
 * What each part of the program may do with keys, and nothing more. Written into keys.access_policy at the first start and,
 * for parts a newer version brings, at its first start; never overwritten afterwards.
 */
export const firstPolicies: Readonly<Record<`service:${string}`, Grants>> = {
  'service:provider': {
    'sx.sign': ['sign', 'read-public'],
    'sx.oauth.client': ['read-public'],
    'sx.oauth.as': ['read-public'],
    'sx.invite': ['seal', 'open'],
    'sx.session': ['seal', 'open'],
  },
  'service:consumer': {
    'sx.sign': ['sign', 'read-public'],
    'sx.oauth.client': ['read-public'],
    'sx.oauth.as': ['read-public'],
    'sx.invite': ['seal', 'open'],
    'sx.session': ['seal', 'open'],
  },
  'service:link': {
    'sx.sign': ['sign', 'read-public'],
    'sx.session': ['seal', 'open'],
    'sx.data': ['seal', 'open'],
  },
  'service:access': {
    'sx.oauth.client': ['sign', 'read-public', 'lend'],
    'sx.oauth.as': ['sign', 'read-public', 'lend'],
    'sx.oauth.web': ['mac'],
    'sx.secret': ['seal', 'open'],
    'sx.index': ['mac'],
  },
  'service:directory': { 'sx.secret': ['seal', 'open'], 'sx.index': ['mac'] },
  'service:mail': { 'sx.secret': ['seal', 'open'] },
  'service:audit': { 'sx.audit': ['sign', 'read-public'] },
};
