// Test projects: `unit` (seconds, beside the sources), `unit-alone` (those of them that replace modules or watch the memory of their
// process: `*.alone.test.ts`), `device` (`*.device.test.ts`, skipped where there is no driver), `whole` (every family and adapter against published values, commands that train: `*.whole.test.ts`) and `slow`
// (training, crashes, memory; test/slow, run one by one by name).

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const cores = availableParallelism();
const beside = (files: string): string[] => [
  ...['src', 'recipes', 'bench'].map((dir) => `${dir}/**/${files}`),
  `test/${files}`,
  `scripts/${files}`,
];
const shared = {
  env: { SENSORIUM_THREADS: '1' },
  // Only for what hangs: a shared machine may be twenty times slower for a while, and time must never decide a test.
  testTimeout: 5 * 60_000,
  hookTimeout: 5 * 60_000,
};

export default defineConfig({
  // Examples import the package by its name, as users do; here that name means the sources.
  resolve: {
    alias: [
      { find: /^sensorium$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^sensorium\/([a-z]+)$/, replacement: `${import.meta.dirname}/src/$1.ts` },
    ],
  },
  test: {
    // Processes, not threads: native libraries keep process-wide state.
    pool: 'forks',
    // One ONNX Runtime thread per worker, one worker per core: two cores are full, not oversubscribed.
    maxWorkers: Math.max(1, Math.min(cores, 4)),
    projects: [
      // Files share the modules of their worker, which halves the time: most of it was loading them again.
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: beside('*.test.ts'),
          exclude: [...beside('*.alone.test.ts'), ...beside('*.whole.test.ts'), ...beside('*.device.test.ts')],
          isolate: false,
        },
      },
      { extends: true, test: { ...shared, name: 'unit-alone', include: beside('*.alone.test.ts') } },
      { extends: true, test: { ...shared, name: 'whole', include: beside('*.whole.test.ts'), isolate: false } },
      // On a graphics adapter, or the software driver that Chromium ships: one process, which opens it once.
      {
        extends: true,
        test: {
          ...shared,
          name: 'device',
          include: beside('*.device.test.ts'),
          isolate: false,
          fileParallelism: false,
          testTimeout: 15 * 60_000, // a software driver on a machine with other work
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 10 * 60_000,
          hookTimeout: 5 * 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
