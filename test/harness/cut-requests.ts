import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TestInstance } from './instances.ts';

/** What gets lost: the request before the instance sees it, or the answer after it has done its work. */
export type Lost = 'request' | 'answer';

export type Cut = {
  readonly method: string;
  readonly path: RegExp;
  readonly lost: Lost;
};

/**
 * Cuts the connection of every request to a running instance that fits, while `work` runs; `met` tells it whether one has.
 * Throws when none did: a test that interrupts nothing proves nothing.
 */
export async function whileCut<T>(
  { instance }: TestInstance,
  cut: Cut,
  work: (met: () => boolean) => Promise<T>,
): Promise<T> {
  const { server } = instance.app;
  const usual = server.listeners('request') as RequestListener[];
  let times = 0;
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const fits = request.method === cut.method && cut.path.test(request.url?.split('?')[0] ?? '');
    if (fits) {
      times += 1;
      if (cut.lost === 'request') return void request.socket.destroy();
      const tear = () => {
        request.socket.destroy();
        return response;
      };
      response.end = tear as ServerResponse['end'];
      response.write = (() => {
        tear();
        return false;
      }) as ServerResponse['write'];
    }
    for (const listener of usual) listener(request, response);
  });
  const done = await work(() => times > 0).finally(() => {
    server.removeAllListeners('request');
    for (const listener of usual) server.on('request', listener);
  });
  if (times === 0) throw new Error(`no ${cut.method} request met ${cut.path}`);
  return done;
}
