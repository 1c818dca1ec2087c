import { expect, test } from 'vitest';
import { addressOf } from './client.ts';
import { ApiProblem } from './problem.ts';

test('parameters are filled into the path and cannot leave their place', () => {
  expect(addressOf('/api/registrations/{number}/activity', { number: 'REG0001001' }, undefined)).toBe(
    '/api/registrations/REG0001001/activity',
  );
  expect(addressOf('/api/issues/{id}', { id: '../session?x=1' }, undefined)).toBe('/api/issues/..%2Fsession%3Fx%3D1');
});

test('empty members of a query are left out', () => {
  const query = { search: 'a b', state: '', after: undefined, limit: 20 };
  expect(addressOf('/api/registrations', undefined, query)).toBe('/api/registrations?search=a+b&limit=20');
});

test('a refusal keeps the slug, the words and the fields of the problem document', () => {
  const problem = new ApiProblem(422, {
    type: 'urn:liaise:problem:kernel/invalid-input',
    title: 'The request is not valid',
    detail: 'Use an https address. Nothing was saved.',
    errors: [{ field: 'url', message: 'Use an https address.' }, 'not a field error'],
  });
  expect(problem).toMatchObject({
    slug: 'kernel/invalid-input',
    message: 'Use an https address. Nothing was saved.',
    fields: [{ field: 'url', message: 'Use an https address.' }],
  });
});
