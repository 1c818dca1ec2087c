import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Set-up file of the embedded half. V8 shares the machine code of one WebAssembly module between all threads of a process,
 * for as long as somebody holds the module; without that, every engine that starts compiles nine megabytes again.
 */
const place = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> };
  liaiseTestEngine?: unknown;
};
place.liaiseTestEngine ??= await place.WebAssembly.compile(
  readFileSync(createRequire(import.meta.url).resolve('@electric-sql/pglite/pglite.wasm')),
);
