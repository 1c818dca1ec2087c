import { expect, test } from 'vitest';
import { endpoint } from './endpoint.ts';
import { saveThing, testServer } from './server-fixture.ts';

test('the document is printed from the contracts that are served', async () => {
  const app = await testServer([endpoint(saveThing, async () => ({ number: '', name: '', limit: 0 }))]);
  const document = (await app.inject('/api/openapi.json')).json();
  await app.close();
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  expect(document.paths['/api/things/{number}'].post).toMatchObject({
    description: 'Needs the role admin.',
    parameters: [
      { name: 'number', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'limit', in: 'query', required: false, schema: { default: 5 } },
    ],
    requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } },
    responses: { 201: {}, default: { description: expect.stringContaining('kernel/conflict') } },
  });
});
