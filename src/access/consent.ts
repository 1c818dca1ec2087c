import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors, type Provider } from 'oidc-provider';
import { epochSeconds } from '../kernel/index.ts';
import { type ConsentDetail, resourceOf } from './consent-detail.ts';
import { oneDetail } from './engine-configuration.ts';

/** One person being asked, once, to let one peer connect. Bound to the browser that brought it here. */
export type ConsentRequest = {
  /** The last part of the page's address, `/consent/{uid}`. */
  readonly uid: string;
  readonly clientId: string;
  /** Where the browser goes with the answer; already matched against the client. */
  readonly redirectUri: string;
  readonly detail: ConsentDetail;
  /** Thumbprint of the key the token will be bound to; undefined when the peer bound nothing at PAR. */
  readonly dpopJkt: string | undefined;
  readonly expiresAt: Date;
};

export type Consent = {
  /**
   * The request that this browser holds for `uid`; null when it holds none, it was answered or it expired: show a page that
   * says to start again at the consumer, there is nothing to redirect to.
   */
  readConsentRequest(request: FastifyRequest, reply: FastifyReply, uid: string): Promise<ConsentRequest | null>;
  /**
   * Where a browser goes on whose request `uid` was answered already: it sent the answer twice, or never saw where that led.
   * Null when there is nothing left to go on with.
   */
  answeredConsent(request: FastifyRequest, reply: FastifyReply, uid: string): Promise<string | null>;
  /**
   * Records that `accountId` allows exactly what was shown and gives the address to send the browser to (303). Check that the
   * account may consent before calling; `mayConsent` is asked once more before a code is made. Null as above.
   */
  allowConsent(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: { readonly uid: string; readonly accountId: string; readonly acr?: string; readonly signedInAt?: Date },
  ): Promise<string | null>;
  /**
   * Ends the request with `error=access_denied` (RFC 6749 section 4.1.2.1, RFC 9207); no code is made. `description` reaches the
   * peer: a code, no personal data.
   */
  refuseConsent(
    request: FastifyRequest,
    reply: FastifyReply,
    refusal: { readonly uid: string; readonly description: string },
  ): Promise<string | null>;
};

type Engine = () => Promise<Provider>;

/** Interactions of the OAuth library in this program's words. Not inside a transaction: the library opens its own. */
export function consentOf(engine: Engine, origin: string): Consent {
  const find = async (request: FastifyRequest, reply: FastifyReply, uid: string) => {
    const provider = await engine();
    const interaction = await interactionOf(provider, request, reply);
    // The cookie is bound to the page's path; whoever sends it to another page gets nothing.
    return interaction === null || interaction.uid !== uid ? null : { provider, interaction };
  };
  const read = async (request: FastifyRequest, reply: FastifyReply, uid: string) => {
    const found = await find(request, reply, uid);
    if (found === null || found.interaction.result !== undefined) return null;
    const { provider, interaction } = found;
    const asked = requestOf(interaction);
    return asked && { provider, interaction, asked };
  };

  return {
    readConsentRequest: async (request, reply, uid) => (await read(request, reply, uid))?.asked ?? null,

    async answeredConsent(request, reply, uid) {
      const found = await find(request, reply, uid);
      return found?.interaction.result === undefined ? null : found.interaction.returnTo;
    },

    async allowConsent(request, reply, { uid, accountId, acr, signedInAt }) {
      const found = await read(request, reply, uid);
      if (found === null) return null;
      const { provider, asked } = found;
      const grant = new provider.Grant({ accountId, clientId: asked.clientId });
      grant.addResourceScope(resourceOf(origin), 'sx:connect');
      grant.addRar({ ...asked.detail });
      const grantId = await grant.save();
      const login = {
        accountId,
        remember: false,
        ...(acr !== undefined && { acr }),
        ...(signedInAt !== undefined && { ts: epochSeconds(signedInAt) }),
      };
      return provider.interactionResult(request.raw, reply.raw, { login, consent: { grantId } }, alone);
    },

    async refuseConsent(request, reply, { uid, description }) {
      const found = await read(request, reply, uid);
      if (found === null) return null;
      const { redirect_uri, state } = found.interaction.params;
      // NOTE not by way of the library's resume address: that asks for the client, which ends with the refused attempt.
      await found.interaction.destroy();
      const to = new URL(String(redirect_uri));
      to.searchParams.set('error', 'access_denied');
      to.searchParams.set('error_description', description);
      if (typeof state === 'string') to.searchParams.set('state', state);
      to.searchParams.set('iss', origin);
      return to.href;
    },
  };
}

const alone = { mergeWithLastSubmission: false };

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

async function interactionOf(
  provider: Provider,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Interaction | null> {
  try {
    return await provider.interactionDetails(request.raw, reply.raw);
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return null;
    throw error;
  }
}

function requestOf(interaction: Interaction): ConsentRequest | null {
  const { client_id, redirect_uri, authorization_details, dpop_jkt } = interaction.params;
  const detail = oneDetail(authorization_details);
  if (typeof client_id !== 'string' || typeof redirect_uri !== 'string' || detail === undefined) return null;
  return {
    uid: interaction.uid,
    clientId: client_id,
    redirectUri: redirect_uri,
    detail,
    dpopJkt: typeof dpop_jkt === 'string' ? dpop_jkt : undefined,
    expiresAt: new Date(interaction.exp * 1000),
  };
}
