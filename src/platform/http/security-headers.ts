/** Nothing may be loaded: for JSON, and for whatever sets no policy of its own. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The console. Inline styles, because its component library writes its variables and positions into the page. */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Headers of every answer. A route that is hijacked from fastify writes them to the raw response itself.
 * Referrer-Policy is same-origin, not no-referrer: under that browsers post our own forms with `Origin: null`.
 */
export const securityHeaders = (
  publicUrl: URL | null,
  contentSecurityPolicy: string = NOTHING,
): Readonly<Record<string, string>> => ({
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
  ...(publicUrl?.protocol === 'https:' && { 'strict-transport-security': 'max-age=63072000' }),
});
