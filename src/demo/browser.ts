/** A person's browser without a screen: keeps cookies by host, as browsers do, follows redirects, fills in plain forms. */
export type Page = { readonly url: URL; readonly status: number; readonly text: string };

export type Browser = {
  open(url: string): Promise<Page>;
  /** Submits the first form of a page, or the button with that `formaction` ending; its hidden fields go along. */
  submit(page: Page, fields: Record<string, string>, button?: string): Promise<Page>;
  /** One JSON request of a script on that site. */
  json(method: string, url: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
};

const MAX_REDIRECTS = 10;

/** Nobody answered at `url`, where a redirect may have led: what a browser shows its error page for. */
export class PageUnreachable extends Error {
  override readonly name = 'PageUnreachable';
  readonly url: URL;
  readonly method: string;

  constructor(url: URL, method: string, cause: unknown) {
    super(`${method} ${url.origin}${url.pathname} was not answered`, { cause });
    this.url = url;
    this.method = method;
  }
}

export function createBrowser(): Browser {
  const jar = new Map<string, Map<string, string>>();

  async function request(url: URL, init: RequestInit): Promise<Response> {
    const cookies = jar.get(url.hostname) ?? new Map<string, string>();
    jar.set(url.hostname, cookies);
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' }).catch((error: unknown) => {
      throw new PageUnreachable(url, init.method ?? 'GET', error);
    });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    return response;
  }

  async function go(start: URL, first: RequestInit): Promise<Page> {
    let url = start;
    let init = first;
    for (let hop = 0; hop < MAX_REDIRECTS; hop += 1) {
      const response = await request(url, init);
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, text: await response.text() };
      await response.body?.cancel();
      url = new URL(location, url);
      init = { headers: { accept: 'text/html' } };
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects from ${start.origin}`);
  }

  return {
    open: (url) => go(new URL(url), { headers: { accept: 'text/html' } }),
    submit: (page, fields, button) => {
      const { action, hidden } = formOf(page, button);
      return go(new URL(action, page.url), {
        method: 'POST',
        headers: { accept: 'text/html', origin: page.url.origin },
        body: new URLSearchParams({ ...hidden, ...fields }),
      });
    },
    json: (method, url, body, headers) =>
      request(new URL(url), {
        method,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(/;\s*/);
  const name = pair.slice(0, pair.indexOf('='));
  const value = pair.slice(pair.indexOf('=') + 1);
  const gone =
    value === '' || attributes.some((text) => /^max-age=0$/i.test(text) || /^expires=thu, 01 jan 1970/i.test(text));
  if (gone) cookies.delete(name);
  else cookies.set(name, value);
}

function formOf(page: Page, button: string | undefined): { action: string; hidden: Record<string, string> } {
  const actions = [...page.text.matchAll(/ (?:form)?action="([^"]+)"/g)].map(([, action]) => action ?? '');
  const action = button === undefined ? actions[0] : actions.find((address) => address.endsWith(button));
  if (action === undefined)
    throw new Error(`the page at ${page.url.pathname} (${page.status}) has no form ${button ?? ''}`);
  const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return { action, hidden: Object.fromEntries(hidden.map(([, name, value]) => [name, value])) };
}
