import { base64url, canonicalJson, sha256 } from '../../protocol/index.ts';
import type { Registration } from '../registration/registration-repo.ts';

/** What a consent is about: changed between hello and consent, the attempt is worth nothing any more (T29). */
export const registrationDigest = (
  registration: Pick<Registration, 'company_id' | 'contact_id' | 'instance_id' | 'url'>,
): string =>
  base64url(
    sha256(
      canonicalJson({
        company: registration.company_id,
        contact: registration.contact_id,
        consumer: registration.instance_id,
        origin: registration.url,
      }),
    ),
  );
