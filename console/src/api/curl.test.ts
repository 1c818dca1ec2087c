import { expect, test } from 'vitest';
import { importRegistrationLink } from '../../../src/consumer/contract.ts';
import { changeCompany, createCompany, listCompanies, signIn } from '../../../src/directory/contract.ts';
import { cancelRegistration, saveRegistration } from '../../../src/provider/contract.ts';
import { curlLine } from './curl.ts';

const origin = 'https://provider.example';
const BEARER = '-H "Authorization: Bearer $LIAISE_TOKEN"';

test('a list is one GET with its search and order, and no body', () => {
  expect(
    curlLine(origin, { route: listCompanies, query: { search: "O'Hara & Sons", sort: '-name', active: undefined } }),
  ).toBe(`curl -sS 'https://provider.example/api/companies?search=O%27Hara+%26+Sons&sort=-name' ${BEARER}`);
});

test('an action names its record; without a body it sends none', () => {
  expect(curlLine(origin, { route: cancelRegistration, params: { number: 'REG0001001' } })).toBe(
    `curl -sS -X POST 'https://provider.example/api/registrations/REG0001001/cancel' ${BEARER}`,
  );
});

test('a body that is not known yet shows what the contract asks for', () => {
  const line = curlLine(origin, { route: saveRegistration });
  expect(line).toContain(`-d '{"companyId":"<companyId>","contactId":"<contactId>","url":"<url>"}'`);
  expect(curlLine(origin, { route: changeCompany, params: {} })).toContain(
    `-X PATCH 'https://provider.example/api/companies/<id>'`,
  );
  expect(curlLine(origin, { route: changeCompany })).toContain(`-d '{"name":"<name>","active":false}'`);
});

test('a single quote in what somebody typed does not end the argument', () => {
  expect(curlLine(origin, { route: createCompany, input: { name: `O'Hara "Ltd"` } })).toContain(
    String.raw`-d '{"name":"O'\''Hara \"Ltd\""}'`,
  );
});

test('no secret is ever shown, and where nobody signs in, no token', () => {
  const linked = curlLine(origin, { route: importRegistrationLink, input: { code: 'very-secret-link' } });
  expect(linked).toContain(`-d '{"code":"<code>"}'`);
  const entered = curlLine(origin, { route: signIn, input: { username: 'ada', password: 'very-secret-word' } });
  expect(entered).toContain(`-d '{"username":"ada","password":"<password>"}'`);
  expect(linked + entered).not.toContain('very-secret');
  expect(entered).not.toContain('Authorization');
});
