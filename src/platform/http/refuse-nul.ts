import type { FastifyRequest } from 'fastify';
import { MalformedRequest } from './problems.ts';

/** PostgreSQL stores every character but U+0000. Refused for all requests at once, before anybody looks at one. */
export async function refuseNul({ params, query, body }: FastifyRequest): Promise<void> {
  // A body that is one text, not a form of texts, has a reader of its own and is stored by nobody.
  if (!holdsNul([params, query, typeof body === 'string' ? null : body])) return;
  throw new MalformedRequest(
    'A text in the request holds the character U+0000, which cannot be stored. Nothing was done. Leave it out.',
  );
}

/** By a list of its own, not by recursion: 256 KiB of brackets are deeper than the stack. */
function holdsNul(root: unknown): boolean {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && value.includes('\0')) return true;
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    for (const [name, member] of Object.entries(value)) open.push(name, member);
  }
  return false;
}
