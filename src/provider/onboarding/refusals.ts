/** Why a person was turned away at the consent page: the code travels, the words stand on both records. */
export const refusals = {
  contact_mismatch:
    'Somebody other than the contact named on the registration was signed in at the provider. Nothing was created. Sign in there as the contact and connect again.',
  not_entitled:
    'The contact may no longer act for the company at the provider: the consumer role, the account or the company was changed there. Nothing was created. Ask the provider to give the role back, or to replace the contact.',
} as const;
export type Refusal = keyof typeof refusals;
