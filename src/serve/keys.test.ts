// API keys and rate limits, with a clock of their own.

import { describe, expect, it } from 'vitest';
import { KeyRing, parseKeys } from './keys.js';

describe('keys', () => {
  it('are read with names and limits', () => {
    expect(parseKeys('# ours\nsk-team-a-123 name=a rpm=60\n\n  sk-team-b-123 # theirs\r\n', 'keys.txt')).toEqual([
      { key: 'sk-team-a-123', name: 'a', rpm: 60 },
      { key: 'sk-team-b-123', name: 'key2' },
    ]);
  });

  it('that make no sense are refused with their line', () => {
    for (const line of [
      'short',
      'sk-long-enough rpm=0',
      'sk-long-enough rpm=x',
      'sk-long-enough color=red',
      'sk-twice-12345\nsk-twice-12345',
    ])
      expect(() => parseKeys(`# first\n${line}`, 'keys.txt'), line).toThrow(/keys\.txt, line [23]/);
    expect(() => parseKeys('sk-secret-12345 rpm=x', 'k')).not.toThrow(/secret/);
  });

  it('open the door, others do not', () => {
    const ring = new KeyRing({ keys: parseKeys('sk-right-123 name=a', 'k') });
    expect(ring.authenticate('Bearer sk-right-123')?.name).toBe('a');
    expect(ring.authenticate('bearer  sk-right-123 ')?.name).toBe('a');
    for (const header of [undefined, '', 'sk-right-123', 'Basic sk-right-123', 'Bearer', 'Bearer sk-right-12', 'Bearer sk-right-1234'])
      expect(() => ring.authenticate(header), String(header)).toThrow(expect.objectContaining({ status: 401 }));
    expect(new KeyRing({ keys: [] }).authenticate(undefined)).toBeUndefined();
  });
});

describe('rate limits', () => {
  it('let a burst through, then as many as the minute has, for each key alone', () => {
    let now = 0;
    const [a, b] = parseKeys('sk-a-12345 rpm=3\nsk-b-12345', 'k');
    const ring = new KeyRing({ keys: [a as never, b as never], rpm: 60, now: () => now });
    expect([1, 2, 3].map(() => ring.spend(a, '')?.remaining)).toEqual([2, 1, 0]);
    expect(() => ring.spend(a, '')).toThrow(expect.objectContaining({ status: 429, retryAfter: 20, apiCode: 'rate_limit_exceeded' }));
    expect(ring.spend(b, '')).toEqual({ limit: 60, remaining: 59 });
    now += 20_000;
    expect(ring.spend(a, '')?.remaining).toBe(0);
    expect(() => ring.spend(a, '')).toThrow(/3 requests per minute/);
    now += 3_600_000;
    expect(ring.spend(a, '')?.remaining).toBe(2);
  });

  it('count by address where there are no keys, and forget addresses that are done', () => {
    let now = 0;
    const ring = new KeyRing({ keys: [], rpm: 1, now: () => now });
    ring.spend(undefined, '1.1.1.1');
    expect(() => ring.spend(undefined, '1.1.1.1')).toThrow(expect.objectContaining({ status: 429 }));
    for (let i = 0; i < 10_000; i++) ring.spend(undefined, `10.0.${i >> 8}.${i & 255}`);
    now += 120_000;
    ring.spend(undefined, 'one more');
    expect((ring as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThan(10);
    expect(new KeyRing({ keys: [] }).spend(undefined, 'x')).toBeUndefined();
  });
});
