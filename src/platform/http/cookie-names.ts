export type CookieNames = {
  /** The console's session. */
  readonly session: string;
  /** The OAuth library's session, interaction and resume cookies. */
  readonly oauthSession: string;
  readonly interaction: string;
  readonly resume: string;
  readonly secure: boolean;
};

/**
 * Cookies ignore ports, so two instances on one machine receive each other's: on loopback the name carries the instance.
 * Prefix and Secure follow the configured URL, never the request, which an attacker may shape. Resume and interaction
 * cookies are scoped to a path by the library, which `__Host-` forbids. `instance`: 8 characters.
 */
export function cookieNames(publicUrl: URL | null, instance: string): CookieNames {
  if (publicUrl?.protocol === 'https:') {
    return {
      session: '__Host-liaise_sid',
      oauthSession: '__Host-liaise_as',
      interaction: '__Secure-liaise_int',
      resume: '__Secure-liaise_res',
      secure: true,
    };
  }
  const name = (part: string): string => `liaise_${instance}_${part}`;
  return {
    session: name('sid'),
    oauthSession: name('as'),
    interaction: name('int'),
    resume: name('res'),
    secure: false,
  };
}
