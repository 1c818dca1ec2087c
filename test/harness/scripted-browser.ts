type Cookie = { readonly name: string; readonly value: string; readonly path: string };

export type Page = { readonly url: URL; readonly status: number; readonly headers: Headers; readonly text: string };

/** A person's browser without a screen: keeps cookies by path, follows redirects, stops where `leave` says so. */
export type ScriptedBrowser = {
  open(url: string): Promise<Page>;
  /** Posts JSON from a page of the same site. */
  post(url: string, body: unknown): Promise<Page>;
  cookies(): readonly Cookie[];
};

/**
 * `fetch` reaches the sites. A redirect to an address for which `leave` is true is not followed: the page that is answered
 * then has that address and status 0.
 */
export function scriptedBrowser(fetch: typeof globalThis.fetch, leave: (url: URL) => boolean): ScriptedBrowser {
  const jar = new Map<string, Cookie>();

  async function go(start: string, init: RequestInit): Promise<Page> {
    let url = new URL(start);
    let next = init;
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = cookiesFor(jar, url);
      const headers = { ...(next.headers as Record<string, string>), ...(cookie && { cookie }) };
      const response = await fetch(url.href, { ...next, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) store(jar, line);
      const location = response.headers.get('location');
      if (location === null)
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      url = new URL(location, url);
      if (leave(url)) return { url, status: 0, headers: response.headers, text: '' };
      next = { headers: { accept: 'text/html' } };
    }
    throw new Error('too many redirects');
  }

  return {
    open: (url) => go(url, { headers: { accept: 'text/html' } }),
    post: (url, body) =>
      go(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    cookies: () => [...jar.values()],
  };
}

const cookiesFor = (jar: ReadonlyMap<string, Cookie>, url: URL): string =>
  [...jar.values()]
    .filter(({ path }) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');

function store(jar: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(/;\s*/);
  const name = pair.slice(0, pair.indexOf('='));
  const attribute = (wanted: string) =>
    attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
  const path = attribute('path') ?? '/';
  const expires = attribute('expires');
  const key = `${name} ${path}`;
  if (expires !== undefined && new Date(expires).getTime() <= Date.now()) jar.delete(key);
  else jar.set(key, { name, value: pair.slice(pair.indexOf('=') + 1), path });
}
