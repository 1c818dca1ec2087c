import { access } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DAY_MS } from '../../kernel/index.ts';
import { CONSOLE_POLICY } from './security-headers.ts';

/** Serves the built console. Its addresses are the console's own, so any page request that no route answers gets it. */
export async function consoleFiles(app: FastifyInstance, consoleDir: string): Promise<void> {
  const isBuilt = await access(join(consoleDir, 'index.html')).then(
    () => true,
    () => false,
  );
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: consoleDir,
      wildcard: false,
      index: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        // Built files carry their content's hash in the name, so a name never changes its content.
        if (path.includes('/assets/'))
          reply.header('cache-control', `public, max-age=${(365 * DAY_MS) / 1000}, immutable`);
      },
    });
    app.get('/', async (_request, reply) => sendConsole(reply));
  }
  app.setNotFoundHandler(async (request, reply) => {
    if (isBuilt && asksForPage(request)) return sendConsole(reply);
    throw Object.assign(new Error('no such address'), { statusCode: 404 });
  });
}

const asksForPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  !request.url.startsWith('/api/') &&
  (request.headers.accept ?? '').includes('text/html');

const sendConsole = (reply: FastifyReply): FastifyReply =>
  reply.header('content-security-policy', CONSOLE_POLICY).header('cache-control', 'no-store').sendFile('index.html');
