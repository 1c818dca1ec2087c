/** Repeats `work` in this process, never two at once, until stop(), which resolves when the last one has ended. */
export function repeat(
  periodMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let current: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    current ??= work()
      .catch(onError)
      .finally(() => {
        current = undefined;
      });
  }, periodMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
