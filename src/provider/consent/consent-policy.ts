import type { ConsentPolicy } from '../../access/index.ts';
import { findContact } from '../../directory/index.ts';
import { ok, userId } from '../../kernel/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { consentFacts, refusalOf } from './consent-facts.ts';

type Deps = Pick<ProviderDeps, 'db' | 'ownFingerprint' | 'adminMayConsent'>;

/** What the authorization server asks this room: is this the running attempt, and may that account allow it. */
export const consentPolicy = (deps: Deps): ConsentPolicy => ({
  check: async (clientId, detail) => {
    const facts = await consentFacts(deps, deps.db, clientId, detail);
    return facts.ok ? ok(undefined) : facts;
  },
  mayConsent: async (accountId, detail) => {
    const clientId = `sxc_${detail.registration}_${detail.attempt}`;
    const facts = await consentFacts(deps, deps.db, clientId, detail);
    const person = userId.is(accountId) ? await findContact(deps.db, accountId) : null;
    if (!facts.ok || person === null || !person.active) return false;
    return refusalOf(facts.value, { id: person.id, roles: new Set(person.roles) }, deps.adminMayConsent) === null;
  },
});
