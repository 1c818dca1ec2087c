import type { Subject } from '../../scan/index.ts';
import type { Registration } from './registration-repo.ts';

/** A registration as the scan engine names it. */
export const subjectOf = (registration: Pick<Registration, 'id' | 'number'>): Subject => ({
  kind: 'registration',
  id: registration.id,
  label: registration.number,
});
