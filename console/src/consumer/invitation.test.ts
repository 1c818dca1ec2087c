import { expect, test } from 'vitest';
import { readInvitation } from './invitation.ts';

const claims = {
  iss: 'sxi1provider',
  pn: 'ACME Überseedienste',
  purl: 'https://provider.example',
  curl: 'https://consumer.example',
  ch: 'g…@consumer.example',
  exp: 1_900_000_000,
};
const fragmentOf = (payload: unknown): string =>
  `i=eyJh.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln&s=${'A'.repeat(43)}`;

test('an invitation tells who invites, from where, whom and until when', () => {
  expect(readInvitation(fragmentOf(claims))).toEqual({
    provider: 'ACME Überseedienste',
    origin: 'https://provider.example',
    instanceId: 'sxi1provider',
    consumerOrigin: 'https://consumer.example',
    contact: 'g…@consumer.example',
    expiresAt: new Date(1_900_000_000_000),
  });
});

test.each([
  ['nothing', ''],
  ['a secret that is too short', fragmentOf(claims).slice(0, -1)],
  ['a payload that is no JSON', `i=eyJh.eyJh.c2ln&s=${'A'.repeat(43)}`],
  ['a claim that is missing', fragmentOf({ ...claims, pn: undefined })],
  ['an expiry that is no number', fragmentOf({ ...claims, exp: 'soon' })],
])('%s is no invitation', (_, fragment) => {
  expect(readInvitation(fragment)).toBeNull();
});
