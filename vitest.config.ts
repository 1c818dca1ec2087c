import { defineConfig } from 'vitest/config';

/** One project is one kind of test, told by its place or its file name; scripts/test.ts runs them all in this order. */
const project = (
  name: string,
  include: string[],
  options: {
    exclude?: string[];
    seconds?: number;
    env?: Record<string, string>;
    globalSetup?: string[];
    setupFiles?: string[];
    /** One file after the other in the same process, with the same modules. */
    shared?: boolean;
  } = {},
) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/dist/**', ...(options.exclude ?? [])],
    env: options.env ?? {},
    testTimeout: (options.seconds ?? 10) * 1000,
    hookTimeout: Math.max(options.seconds ?? 0, 60) * 1000,
    ...(options.globalSetup && { globalSetup: options.globalSetup }),
    ...(options.setupFiles && { setupFiles: options.setupFiles }),
    ...(options.shared && { isolate: false }),
  },
});

const folder = 'test/harness/folder-setup.ts';
const database = ['src/**/*.db.test.ts', 'test/**/*.db.test.ts'];

export const projects = [
  project('unit', ['{src,scripts,console/src,test/house}/**/*.test.{ts,tsx}'], {
    exclude: ['**/*.db.test.ts'],
    seconds: 30,
  }),
  project('model', ['test/model/**/*.test.ts'], { seconds: 120 }),
  project('vectors', ['test/vectors/**/*.test.ts'], { seconds: 60 }),
  project('db-pglite', database, {
    seconds: 30,
    env: { LIAISE_TEST_ENGINE: 'pglite' },
    shared: true,
    globalSetup: [folder],
    setupFiles: ['test/harness/keep-engine-compiled.ts'],
  }),
  project('db-postgres', database, {
    seconds: 30,
    env: { LIAISE_TEST_ENGINE: 'postgres' },
    shared: true,
    globalSetup: [folder, 'test/harness/database-setup.ts'],
  }),
  project('security', ['test/security/**/*.test.ts'], { exclude: ['**/*.db.test.ts'], seconds: 60 }),
  project('federation', ['test/federation/**/*.test.ts'], { exclude: ['**/*.db.test.ts'], seconds: 120 }),
  project('crash', ['test/crash/**/*.test.ts'], {
    exclude: ['**/*.db.test.ts'],
    seconds: 300,
    globalSetup: [folder, 'test/harness/crash-setup.ts'],
  }),
  project('browser', ['test/browser/**/*.test.ts'], {
    seconds: 180,
    shared: true,
    globalSetup: [folder],
    setupFiles: ['test/harness/keep-engine-compiled.ts'],
  }),
];

export default defineConfig({
  test: {
    // Two: the smallest machine the project is built on has two cores, and every worker of a database test is two processes.
    maxWorkers: 2,
    projects,
  },
});
