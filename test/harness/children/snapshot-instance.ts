import { writeHeapSnapshot } from 'node:v8';

// The program itself, `src/main.ts`, in a process that writes down its heap where it is told to. Run it with --expose-gc.

process.on('message', (file: string) => {
  // Twice: what only a finaliser held on to is gone after the second.
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    writeHeapSnapshot(file);
    process.send?.('written');
  });
});

await import('../../../src/main.ts');
