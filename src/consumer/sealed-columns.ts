import { sealedColumn } from '../keys/index.ts';
import { secretsContext } from './connect/attempt-secrets.ts';
import { linkContext } from './import-link.ts';
import './tables.ts';

/** Where this room stores sealed values, by the module that seals them. */
export const consumerSealedColumns = {
  'sx.invite': [sealedColumn('consumer.provider_connection', 'sealed_secret', linkContext)],
  'sx.session': [sealedColumn('consumer.attempt', 'sealed_secrets', secretsContext)],
};
