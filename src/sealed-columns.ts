import { consumerSealedColumns } from './consumer/index.ts';
import type { SealedColumns } from './keys/index.ts';
import { linkSealedColumns } from './link/index.ts';
import { providerSealedColumns } from './provider/index.ts';

/** Where all rooms store sealed values, by the module that seals them. */
export const sealedColumns: SealedColumns = {
  'sx.invite': [...providerSealedColumns['sx.invite'], ...consumerSealedColumns['sx.invite']],
  'sx.session': [
    ...linkSealedColumns['sx.session'],
    ...providerSealedColumns['sx.session'],
    ...consumerSealedColumns['sx.session'],
  ],
  'sx.secret': [],
  'sx.data': [],
};
