import { sealedColumn } from '../keys/index.ts';
import { attemptContext } from './onboarding/answer-hello.ts';
import { secretContext } from './registration/make-invitation.ts';
import './tables.ts';

/** Where this room stores sealed values, by the module that seals them. */
export const providerSealedColumns = {
  'sx.invite': [sealedColumn('provider.invitation', 'sealed_secret', secretContext)],
  'sx.session': [
    sealedColumn('provider.attempt', 'sealed_secret', (row) => attemptContext(row.registration_id, row.number)),
  ],
};
