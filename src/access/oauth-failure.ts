import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { Problem } from '../kernel/index.ts';

export type OAuthFailure = {
  /**
   * `unreachable`: no answer, try again. `refused`: the peer's authorization server said no (`error`). `denied`: the browser
   * came back with an error instead of a code. `mismatch`: state, issuer or another expectation does not hold; nothing was
   * redeemed. `invalid-answer`: what came back is not what OAuth demands.
   */
  readonly code: 'unreachable' | 'refused' | 'denied' | 'mismatch' | 'invalid-answer';
  /** The peer's OAuth error code, where it looks like one. */
  readonly error?: string;
  /** The peer's words, at most 200 printable characters: show them escaped; `contact_mismatch` and `declined` are ours. */
  readonly description?: string;
};

/** RFC 6749 appendix A.7 and A.8: printable ASCII without quote and backslash. */
const PRINTABLE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;

const words = (error: unknown, description: unknown): Pick<OAuthFailure, 'error' | 'description'> => ({
  ...(typeof error === 'string' && /^[a-z_]{1,50}$/.test(error) && { error }),
  ...(typeof description === 'string' && PRINTABLE.test(description) && { description: description.slice(0, 200) }),
});

/** Sorts what the OAuth library throws. `asked`: whether the peer was asked before it threw. Throws bugs and problems on. */
export function failureOf(thrown: unknown, asked: boolean): OAuthFailure {
  if (thrown instanceof AuthorizationResponseError)
    return { code: 'denied', ...words(thrown.error, thrown.error_description) };
  if (isNoAnswer(thrown)) return { code: 'unreachable' };
  if (thrown instanceof ResponseBodyError) return { code: 'refused', ...words(thrown.error, thrown.error_description) };
  if (thrown instanceof WWWAuthenticateChallengeError) {
    const { error, error_description } = thrown.cause[0]?.parameters ?? {};
    return { code: 'refused', ...words(error, error_description) };
  }
  if (!(thrown instanceof ClientError)) throw thrown;
  if (thrown.cause instanceof Problem) throw thrown.cause;
  return { code: asked ? 'invalid-answer' : 'mismatch' };
}

/** No answer, or one that says "later". The guarded fetch rejects with a TypeError that names its cause. */
function isNoAnswer(thrown: unknown): boolean {
  if (thrown instanceof TypeError) return thrown.cause !== undefined && !('code' in thrown);
  if (thrown instanceof ResponseBodyError) return isLater(thrown.status);
  if (!(thrown instanceof ClientError)) return false;
  return thrown.code === 'OAUTH_TIMEOUT' || (thrown.cause instanceof Response && isLater(thrown.cause.status));
}

const isLater = (status: number): boolean => status === 429 || status >= 500;
