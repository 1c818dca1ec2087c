import { z } from 'zod';
import type { Permission, Route } from '../../kernel/index.ts';

type Json = Record<string, unknown>;

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', description: 'urn:liaise:problem: and a name listed in docs/problems.md.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, what was not done, what to do next.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
    requestId: { type: 'string' },
  },
};

/** The API as an OpenAPI 3.1 document, made from the contracts that the server serves. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Liaise', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token of a person.' },
        session: {
          type: 'apiKey',
          in: 'header',
          name: 'X-CSRF-Token',
          description: 'With the session cookie, on methods that change something; read it from GET /api/session.',
        },
      },
    },
  };
}

function operation(route: Route): Json {
  return {
    summary: route.summary,
    description: permissionText(route.permission),
    ...(route.permission.kind !== 'public' && { security: [{ token: [] }, { session: [] }] }),
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.input !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.input, 'input') } } },
    }),
    responses: {
      [route.status]: {
        description: 'Done',
        ...(route.status !== 204 && {
          content: { 'application/json': { schema: jsonSchema(route.output, 'output') } },
        }),
      },
      default: {
        description: problemsText(route.problems),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const problemsText = (slugs: readonly string[]): string =>
  slugs.length === 0 ? 'A problem' : `A problem: ${slugs.join(', ')}, or one that every call can meet`;

function permissionText(permission: Permission): string {
  switch (permission.kind) {
    case 'public':
      return 'For everybody.';
    case 'signed-in':
      return 'For everybody who is signed in.';
    case 'any-of':
      return `Needs the role ${permission.roles.join(' or ')}.`;
    case 'all-of':
      return `Needs the roles ${permission.roles.join(' and ')}.`;
  }
}

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
