import { sealedColumn } from '../keys/index.ts';
import { trafficContext } from './traffic-secret.ts';
import './tables.ts';

/** Where this room stores sealed values, by the module that seals them. */
export const linkSealedColumns = {
  'sx.session': [
    sealedColumn('link.traffic_secret', 'sealed', (row) => trafficContext(row.connection_id, row.epoch, row.label)),
  ],
};
