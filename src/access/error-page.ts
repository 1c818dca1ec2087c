import { createHash } from 'node:crypto';
import { html } from '../kernel/index.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{word-break:break-all}';

const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** No script, no frame, nothing loaded; also right for the JSON that the same routes answer. */
export const ERROR_PAGE_POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * Headers of the consent page and of the sign-in page before it, on top of those that every answer has. Browsers check
 * `form-action` along the whole chain of redirects that follows a submission, and that chain ends at the consumer, so its
 * origin has to be named too; null for a page that leads nowhere. `styles`: one more source for styles, a hash for example.
 */
export function consentPageHeaders(redirectUri: string | null, styles?: string): Record<string, string> {
  const target = redirectUri === null ? '' : ` ${new URL(redirectUri).origin}`;
  const style = styles === undefined ? "'self'" : `'self' ${styles}`;
  return {
    'content-security-policy': `default-src 'none'; style-src ${style}; img-src 'self'; base-uri 'none'; form-action 'self'${target}; frame-ancestors 'none'`,
    'cache-control': 'no-store',
    // Nothing to other origins; not no-referrer, under which browsers post our own form with `Origin: null`.
    'referrer-policy': 'same-origin',
  };
}

/** What a person sees when there is no consumer to send the browser back to. */
export function errorPage(error: string, description: string | undefined): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>The request was not accepted</title><style>${STYLE}</style></head>
<body>
<h1>The request was not accepted</h1>
<p>Nothing was allowed and nothing was stored. The request may have expired, or it was used before.</p>
<p>Go back to the instance you came from and choose <strong>Connect to Provider</strong> again.</p>
<p><code>${error}</code>${description === undefined ? '' : html` ${description}`}</p>
</body>
</html>
`.text;
}
