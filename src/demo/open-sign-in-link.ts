import { signInByLink } from '../directory/contract.ts';
import { apiCaller } from './api-caller.ts';
import { createBrowser } from './browser.ts';

/** What the console's welcome page does with a one-time link: the token comes from behind the #, a password is set. */
export async function openSignInLink(link: string, origin: string, password: string): Promise<void> {
  const token = new URLSearchParams(new URL(link, origin).hash.slice(1)).get('t');
  if (token === null) throw new Error('this is not a sign-in link');
  await apiCaller(createBrowser(), origin).call(signInByLink, { input: { token, password } });
}
