// Who may ask, and how often: API keys compared in constant time, a token bucket for each.

import { createHash, timingSafeEqual } from 'node:crypto';
import { SensoriumError } from '../util/errors.js';
import { ApiError } from './errors.js';

/** A key of the service. */
export interface ApiKey {
  key: string;
  /** For logs; the key itself is never written. */
  name: string;
  /** Requests per minute; undefined: the server's default. */
  rpm?: number;
}

/** Reads keys, one a line: `KEY [name=NAME] [rpm=N]`; `#` begins a comment. Throws `serve.keys` with the line's number. */
export function parseKeys(text: string, place: string): ApiKey[] {
  const keys: ApiKey[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [key, ...options] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (!key) continue;
    const bad = (got: string): SensoriumError =>
      new SensoriumError('serve.keys', 'this is not a list of API keys', {
        place: `${place}, line ${i + 1}`,
        expected: 'KEY [name=NAME] [rpm=N], a key having at least 8 characters',
        got,
      });
    if (key.length < 8) throw bad(`a key of ${key.length} characters`);
    if (keys.some((known) => known.key === key)) throw bad('a key that is listed before');
    const entry: ApiKey = { key, name: `key${keys.length + 1}` };
    for (const option of options) {
      const [name, value] = option.split('=');
      if (name === 'name' && value) entry.name = value;
      else if (name === 'rpm' && Number.isSafeInteger(Number(value)) && Number(value) > 0) entry.rpm = Number(value);
      else throw bad(`the option ${name}`);
    }
    keys.push(entry);
  }
  return keys;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Options of a `KeyRing`. */
export interface KeyRingOptions {
  /** Empty: everybody may ask. */
  keys: readonly ApiKey[];
  /** Requests per minute of a key without a number of its own, or of an address where there are no keys. Default: no limit. */
  rpm?: number;
  /** Milliseconds; replaceable in tests. */
  now?: () => number;
}

/** What is left to a client. */
export interface Allowance {
  limit: number;
  remaining: number;
}

/** Knows the keys and counts the requests of each. */
export class KeyRing {
  private digests: readonly { digest: Buffer; key: ApiKey }[] = [];
  private readonly buckets = new Map<string, Bucket>();
  private readonly now: () => number;

  constructor(private readonly options: KeyRingOptions) {
    this.replace(options.keys);
    this.now = options.now ?? (() => performance.now());
  }

  /** Takes other keys from now on; what each has spent stays counted. */
  replace(keys: readonly ApiKey[]): void {
    this.digests = keys.map((key) => ({ digest: digestOf(key.key), key }));
  }

  /** True where everybody may ask. */
  get open(): boolean {
    return this.digests.length === 0;
  }

  /** The key of an Authorization header; undefined where no keys are used. Throws `ApiError` 401. */
  authenticate(authorization: string | undefined): ApiKey | undefined {
    if (this.open) return undefined;
    const given = /^Bearer\s+(\S+)$/i.exec(authorization?.trim() ?? '')?.[1];
    if (given === undefined)
      throw new ApiError(401, "You didn't provide an API key", {
        code: 'missing_api_key',
        hint: 'Send it in the Authorization header: Bearer YOUR_KEY.',
      });
    const digest = digestOf(given);
    // All are compared, so that time does not tell which one was close.
    const found = this.digests.filter((entry) => timingSafeEqual(entry.digest, digest))[0];
    if (!found) throw new ApiError(401, 'Incorrect API key provided', { code: 'invalid_api_key' });
    return found.key;
  }

  /** Counts one request. Throws `ApiError` 429 with the time until the next one is allowed. */
  spend(key: ApiKey | undefined, address: string): Allowance | undefined {
    const rpm = key?.rpm ?? this.options.rpm;
    if (rpm === undefined) return undefined;
    const now = this.now();
    const id = key ? `key:${key.key}` : `address:${address}`;
    const bucket = this.buckets.get(id) ?? { tokens: rpm, at: now };
    bucket.tokens = Math.min(rpm, bucket.tokens + ((now - bucket.at) / 60_000) * rpm);
    bucket.at = now;
    this.buckets.set(id, bucket);
    if (this.buckets.size > 10_000) this.forgetFull(rpm, now);
    if (bucket.tokens < 1)
      throw new ApiError(429, `Rate limit reached: ${rpm} requests per minute`, {
        code: 'rate_limit_exceeded',
        retryAfter: Math.ceil(((1 - bucket.tokens) / rpm) * 60),
      });
    bucket.tokens--;
    return { limit: rpm, remaining: Math.floor(bucket.tokens) };
  }

  /** Buckets that are full again say nothing; there may be one for every address that ever asked. */
  private forgetFull(rpm: number, now: number): void {
    for (const [id, { tokens, at }] of this.buckets) if (tokens + ((now - at) / 60_000) * rpm >= rpm) this.buckets.delete(id);
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
