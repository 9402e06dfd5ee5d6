// The bounds of JSON before it is parsed: against what the parser finds, and on text that is not JSON at all.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJsonSize, jsonValues } from './json-scan.js';

const check = (text: string): void => void checkJsonSize(Buffer.from(text));
const refused = expect.objectContaining({ status: 400, apiCode: 'invalid_json', param: 'body' });

describe('the size of JSON', () => {
  it('is bounded in depth, by brackets outside of strings', () => {
    const nested = (n: number): string => `${'['.repeat(n)}${']'.repeat(n)}`;
    check(nested(64));
    expect(() => check(nested(65))).toThrow(refused);
    expect(() => check('{"a":'.repeat(65))).toThrow(refused);
    check(`["${'['.repeat(500)}"]`);
    check(`["\\"${'['.repeat(500)}"]`);
    expect(() => check(`["\\\\",${'['.repeat(500)}"]`)).toThrow(refused);
    check(nested(1).repeat(500)); // not JSON, which the parser says
  });

  it('is bounded in values', () => {
    const list = (n: number): string => `[${new Array<number>(n).fill(1).join(',')}]`;
    check(list(199_999));
    expect(() => check(list(200_001))).toThrow(refused);
    expect(() => check(`[${'[],'.repeat(150_000)}1]`)).toThrow(refused);
    check(JSON.stringify({ text: ','.repeat(500_000) }));
  });

  it('is bounded in keys, of one object and of all', () => {
    const object = (n: number, from = 0): Record<string, number> =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${from + i}`, 1]));
    const all = (n: number, keys: number): string => JSON.stringify(Array.from({ length: n }, (_, i) => object(keys, i * keys)));
    check(JSON.stringify({ a: object(5000), b: object(5000), c: { ':::': '::' } }));
    expect(() => check(JSON.stringify({ a: object(5001) }))).toThrow(refused);
    expect(() => check(`{${'"a":1,'.repeat(6000)}`)).toThrow(refused);
    check(all(9, 5000));
    expect(() => check(all(11, 5000))).toThrow(refused);
    check(JSON.stringify(Array.from({ length: 20_000 }, () => ({ a: 1, b: 2 }))));
    expect(() => check(`}}}}${'"a":1,'.repeat(6000)}`)).toThrow(refused);
  });

  it('is told, where it is within bounds', () => {
    expect(jsonValues('{"a":[1,2,3]}', 100)).toBe(7);
    expect(jsonValues('[1,2,3]', 2)).toBeUndefined();
    expect(jsonValues('['.repeat(65), 1000)).toBeUndefined();
    expect(jsonValues('no JSON', 0)).toBe(0);
  });

  it('lets all small JSON through, with any strings', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        check(JSON.stringify(value));
      }),
      { numRuns: 300 },
    );
    for (const text of ['', '"', '"\\', '"\\"', '{"a', ']]]]', '}{', '\\"[', '\u0000']) check(text);
  });
});
