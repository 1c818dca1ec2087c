/**
 * Listens in on everything the test's own browsers send and get: values of cookies, codes, states and tokens, by name. For
 * tests that look for them afterwards.
 */
export function listenIn(): { stop(): Record<string, string> } {
  const heard: Record<string, string> = {};
  const original = globalThis.fetch;
  let count = 0;
  const note = (name: string, value: string | null | undefined): void => {
    if (!value || value.length < 16 || Object.values(heard).includes(value)) return;
    count += 1;
    heard[name in heard ? `${name} ${count}` : name] = value;
  };
  globalThis.fetch = async (input, init) => {
    const response = await original(input, init);
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      note(`cookie ${name}`, value);
    }
    const location = URL.parse(response.headers.get('location') ?? '', response.url);
    for (const address of [location, URL.parse(response.url)])
      for (const name of ['code', 'state', 'request_uri']) note(name, address?.searchParams.get(name));
    if (response.headers.get('content-type')?.includes('json')) {
      const text = await response.clone().text();
      note('csrfToken', /"csrfToken":"([^"]+)"/.exec(text)?.[1]);
    }
    return response;
  };
  return {
    stop: () => {
      globalThis.fetch = original;
      return heard;
    },
  };
}
