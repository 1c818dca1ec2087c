import { err, ok, type Result } from '../../kernel/index.ts';
import type { PeerFetch, PeerResponse } from '../../platform/peer-fetch/index.ts';
import { parseSxError } from '../../protocol/index.ts';

export type WireFailure = {
  /** `later`: the same statement may succeed another time. `refused`: it never will. */
  readonly code: 'later' | 'refused';
  /** The peer's sx error code, or what kept us from an answer; for logs and decisions, not for people. */
  readonly detail: string;
};

/** Sends one statement to a peer and returns the statement it answers with, unopened. Network: never in a transaction. */
export async function postStatement(
  deps: { peerFetch: PeerFetch },
  url: URL,
  statement: string,
): Promise<Result<string, WireFailure>> {
  const answer = await deps.peerFetch.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/jose' },
    accept: 'application/jose',
    body: statement,
  });
  if (!answer.ok) return err({ code: 'later', detail: answer.error.message });
  return readAnswer(answer.value);
}

/** What an answer to a statement means, whichever way it was fetched. */
export function readAnswer(answer: Pick<PeerResponse, 'status' | 'body'>): Result<string, WireFailure> {
  if (answer.status === 200) return ok(answer.body.toString('latin1'));
  const refusal = parseSxError(answer.body);
  if (refusal.ok) return err({ code: refusal.value.retry ? 'later' : 'refused', detail: refusal.value.error });
  // NOTE not a word of the protocol, so not the peer's: something in between answers in its place, until it is back.
  return err({ code: 'later', detail: `status ${answer.status}` });
}
