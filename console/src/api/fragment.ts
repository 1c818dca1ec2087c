const KEPT = 'liaise-fragment:';

/**
 * Takes what follows the `#` of a one-time address out of the address bar at once, so that it ends up in no history, no
 * bookmark and no screenshot. It is kept in this tab only, until `forget`, because signing in may come in between.
 */
export function takeFragment(path: string): void {
  if (location.pathname !== path || location.hash.length < 2) return;
  sessionStorage.setItem(KEPT + path, location.hash.slice(1));
  history.replaceState(history.state, '', path + location.search);
}

export const keptFragment = (path: string): string | null => sessionStorage.getItem(KEPT + path);
export const forgetFragment = (path: string): void => sessionStorage.removeItem(KEPT + path);
