import { createHash } from 'node:crypto';
import { type Html, html } from '../../kernel/index.ts';
import type { Refusal } from '../onboarding/refusals.ts';
import { CONSUMER_ROLE } from '../registration/check-contact.ts';
import { maskContact } from '../registration/invitation.ts';
import type { ConsentFacts } from './consent-facts.ts';

/** Readable on a phone, in light and dark, with contrast of at least 4.5:1; no script, no request to anybody. */
const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;--act:#0b5cad;--warn:#9a3412;--back:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a3adb8;--paper:#161b22;--line:#3d444d;--act:#79b8ff;--warn:#ffb37b;--back:#0d1117}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:6vh auto;padding:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:8px}
h1{font-size:1.35rem;margin:0 0 .75rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1rem;margin:1rem 0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
code{font:0.95em ui-monospace,monospace;overflow-wrap:anywhere}
.number{font:1.05rem/1.7 ui-monospace,monospace;letter-spacing:.04em}
.warn{color:var(--warn)}
.soft{color:var(--soft)}
form{margin:1rem 0 0}
label{display:block;margin:.75rem 0 .25rem}
input{width:100%;padding:.6rem;font:inherit;color:inherit;background:var(--back);border:1px solid var(--soft);border-radius:4px}
button{min-height:44px;padding:.5rem 1.25rem;font:inherit;border-radius:4px;border:1px solid var(--act);background:var(--paper);color:var(--act);cursor:pointer;margin:.25rem .5rem .25rem 0}
button.main{background:var(--act);color:var(--paper)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
@media(max-width:30rem){main{margin:0;border:0;border-radius:0;min-height:100vh}dl{grid-template-columns:1fr}dt{margin-top:.5rem}}
`;

/** For the page's style-src. */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const page = (title: string, body: Html): string => {
  // NOTE the style is ours alone and must not be escaped: its hash is in the policy.
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style>`;
  return `${head}${html`<title>${title}</title></head><body><main>${body}</main></body></html>`}`;
};

const form = (uid: string, action: string, token: string, body: Html): Html =>
  html`<form method="post" action="/consent/${uid}/${action}"><input type="hidden" name="token" value="${token}">${body}</form>`;

export type FormContext = { readonly uid: string; readonly token: string };

/** Sign-in before the consent; comes back to the same request. */
export function signInPage(
  context: FormContext,
  asked: {
    provider: string;
    consumer: string;
    error?: string | undefined;
    username?: string | undefined;
    again?: boolean;
  },
): string {
  return page(
    'Sign in',
    html`<h1>Sign in to ${asked.provider}</h1>
      <p>The instance at <strong>${asked.consumer}</strong> asks to connect. ${asked.again ? 'For this decision, prove once more who you are.' : 'Sign in as the contact who was invited.'}</p>
      ${asked.error && html`<p class="warn" role="alert">${asked.error}</p>`}
      ${form(
        context.uid,
        'sign-in',
        context.token,
        html`<label for="username">User name</label><input id="username" name="username" autocomplete="username" required value="${asked.username ?? ''}">
          <label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
          <p><button class="main">Sign in</button></p>`,
      )}`,
  );
}

/** Who asks, what for, and what exactly comes to be. */
export function consentPage(
  context: FormContext,
  facts: ConsentFacts,
  user: { name: string; username: string },
): string {
  return page(
    'Allow this connection?',
    html`<h1>Allow this connection?</h1>
      <p>You are signed in as <strong>${user.name}</strong> (${user.username}).</p>
      <dl>
        <dt>Company</dt><dd>${facts.company.name}</dd>
        <dt>Contact</dt><dd>${facts.contact.name} (${facts.contact.username})</dd>
        <dt>Asks to connect</dt><dd>${facts.registration.url}</dd>
        <dt>Its identity</dt><dd><code>${facts.registration.instance_id}</code></dd>
        <dt>To provider</dt><dd>${facts.provider}</dd>
        <dt>Registration</dt><dd>${facts.registration.number}, attempt ${facts.attempt.number}</dd>
      </dl>
      <p>Safety number, the same on both instances:</p>
      <p class="number">${facts.safetyNumber}</p>
      <p>If you allow it, this instance creates one service account and one OAuth client for the consumer, and both instances exchange keys. No entitlement and no data are shared by this step. The request ends by itself at ${facts.attempt.expires_at.toISOString().slice(11, 16)} UTC.</p>
      ${form(context.uid, 'allow', context.token, html`<button class="main">Allow</button><button formaction="/consent/${context.uid}/deny">Deny</button>`)}`,
  );
}

/** Somebody who cannot give the consent: nothing is created, the refusal is on record already. */
export function refusedPage(
  context: FormContext,
  facts: ConsentFacts,
  user: { username: string },
  refusal: Refusal,
): string {
  const { title, why } = {
    contact_mismatch: {
      title: 'This is for somebody else',
      why: html`but only the contact named on ${facts.registration.number} can allow this connection: <strong>${maskContact(facts.contact)}</strong>.`,
    },
    not_entitled: {
      title: 'You cannot allow this any more',
      why: html`but the contact named on ${facts.registration.number} can no longer act for ${facts.company.name} here: that takes the role <code>${CONSUMER_ROLE}</code>, and being one of that company's people. Ask the administrators of ${facts.provider}.`,
    },
  }[refusal];
  return page(
    title,
    html`<h1>${title}</h1>
      <p class="warn" role="alert">You are signed in as <strong>${user.username}</strong>, ${why}</p>
      <p>Nothing was created. That you were here was written down on the registration.</p>
      ${form(
        context.uid,
        'switch',
        context.token,
        html`<button class="main">Sign in as someone else</button><button formaction="/consent/${context.uid}/return">Return to ${new URL(facts.registration.url).host}</button>`,
      )}`,
  );
}

/** The request is gone: used, expired, or of another browser. */
export const gonePage = (): string =>
  page(
    'This request is over',
    html`<h1>This request is over</h1>
      <p>It was answered already, it expired, or it was opened in another browser. Nothing was created.</p>
      <p>Go back to your own instance and choose <strong>Connect to Provider</strong> again.</p>`,
  );
