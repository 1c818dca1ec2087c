import { defineJob } from '../../platform/jobs/job.ts';
import { scanVerdict } from '../../scan/index.ts';

/** The scan of a registration has a verdict. */
export const registrationScanned = defineJob({
  name: 'provider.registration-scanned',
  payload: scanVerdict,
  maxAttempts: 50,
});
