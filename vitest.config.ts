// Two test projects: `unit` (seconds, beside the sources) and `slow` (training, crashes, memory; test/slow, run one by one by name).

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const cores = availableParallelism();

export default defineConfig({
  // Examples import the package by its name, as users do; here that name means the sources.
  resolve: {
    alias: [
      { find: /^sensorium$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^sensorium\/([a-z]+)$/, replacement: `${import.meta.dirname}/src/$1.ts` },
    ],
  },
  test: {
    // Processes, not threads: native libraries keep process-wide state, and a crash must not take other files with it.
    pool: 'forks',
    // One ONNX Runtime thread per worker, one worker per core: two cores are full, not oversubscribed.
    maxWorkers: Math.max(1, Math.min(cores, 4)),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts', 'scripts/*.test.ts', 'recipes/**/*.test.ts', 'bench/**/*.test.ts'],
          env: { SENSORIUM_THREADS: '1' },
          // Generous: a shared machine may be several times slower for a while, and time must never decide a test.
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
