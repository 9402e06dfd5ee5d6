// Formats at their edges, and the estimate of the time left.

import { describe, expect, it } from 'vitest';
import { EtaEstimator, formatBytes, formatCount, formatDuration, formatRate } from './progress.js';

describe('formats', () => {
  it('durations', () => {
    expect([0, 0.0123, 0.9999, 12.34, 59.96, 60, 245, 3599.6, 7620, 90_000, Number.NaN].map(formatDuration)).toEqual([
      '0 ms',
      '12 ms',
      '1.0 s',
      '12.3 s',
      '1 min 00 s',
      '1 min 00 s',
      '4 min 05 s',
      '1 h 00 min',
      '2 h 07 min',
      '1 d 01 h',
      '–',
    ]);
  });
  it('counts, bytes, rates', () => {
    expect([0, 7, 0.12345, 999, 999.7, 1234, 45_600_000, 999_900, 7e9, -2500].map(formatCount)).toEqual([
      '0',
      '7',
      '0.123',
      '999',
      '1.00k',
      '1.23k',
      '45.6M',
      '1.00M',
      '7.00G',
      '-2.50k',
    ]);
    expect([0, 512, 1536, 50_541_363, 1024 ** 3].map(formatBytes)).toEqual(['0 B', '512 B', '1.5 KiB', '48.2 MiB', '1.0 GiB']);
    expect(formatRate(12_345, 'tok')).toBe('12.3k tok/s');
  });
});

describe('EtaEstimator', () => {
  it('forgets slow first steps and knows nothing before them', () => {
    const eta = new EtaEstimator(10);
    expect(eta.left(5)).toBeNaN();
    eta.add(10);
    expect(eta.left(5)).toBe(50);
    for (let i = 0; i < 100; i++) eta.add(1);
    expect(eta.left(5)).toBeGreaterThan(4.9);
    expect(eta.left(5)).toBeLessThan(5.1);
    eta.add(-1);
    eta.add(Number.NaN);
    expect(eta.secondsPerStep).toBeLessThan(1.1);
  });
});
