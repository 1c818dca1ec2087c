/** Thrown when something did not answer in time, or nobody waits for the answer any more. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The value of `work`, or NoAnswer after `milliseconds` or when `signal` fires; work that hangs is left behind. */
export async function within<T>(work: Promise<T>, milliseconds: number, signal?: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = () => reject(new NoAnswer());
  const timer = setTimeout(give, milliseconds);
  signal?.addEventListener('abort', give, { once: true });
  if (signal?.aborted) give();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', give);
    work.catch(() => undefined);
  }
}
