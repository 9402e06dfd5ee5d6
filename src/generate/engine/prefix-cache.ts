// Keys and values of prompts seen before, in blocks named by everything that they depend on: reused instead of computed again.

import { createHash } from 'node:crypto';
import { cutAfter } from '../reach.js';
import type { KvMemory } from './kv-memory.js';

/** An image within a prompt. */
export interface ImageSpan {
  /** First position of the image's tokens. */
  readonly start: number;
  readonly length: number;
  /** Hash of the image's content. */
  readonly key: string;
}

export interface PrefixStats {
  /** Bytes of keys and values held, and the most there may be. */
  bytes: number;
  budget: number;
  blocks: number;
  /** Positions taken from the cache, and positions that had to be computed. */
  hitTokens: number;
  missTokens: number;
  evictions: number;
}

/**
 * Keys and values of prefixes, in blocks of a few positions. A block's name is a hash of its ids, of the content of images in it, and
 * of the name of the block before it, so equal names mean equal prefixes (as in vLLM). The least recently used block goes first,
 * and the end of a prefix before its beginning. Buffers of evicted blocks are used again.
 */
export class PrefixCache {
  /** By name, least recently used first. */
  private readonly blocks = new Map<string, Float32Array>();
  private readonly free: Float32Array[] = [];
  private readonly blockBytes: number;
  private readonly most: number;
  private hitTokens = 0;
  private missTokens = 0;
  private evictions = 0;

  constructor(
    private readonly kv: KvMemory,
    private readonly options: {
      bytes: number;
      /** Positions of a block. */
      block: number;
    },
  ) {
    this.blockBytes = kv.floats(options.block) * 4;
    this.most = Math.floor(options.bytes / this.blockBytes);
  }

  get stats(): PrefixStats {
    const { hitTokens, missTokens, evictions } = this;
    const bytes = (this.blocks.size + this.free.length) * this.blockBytes;
    return { bytes, budget: this.options.bytes, blocks: this.blocks.size, hitTokens, missTokens, evictions };
  }

  /**
   * Names of the whole blocks of `ids`. `known` are names of its first blocks; `salt` keeps prefixes of different owners apart; `reach` is the
   * place behind the last token that each one sees, where that may be after it: a block's name is of all that its tokens see.
   */
  names(ids: Int32Array, images: readonly ImageSpan[], o: { known?: readonly string[]; salt?: string; reach?: Int32Array } = {}): string[] {
    const { block } = this.options;
    const names = [...(o.known ?? [])];
    if (this.most === 0) return names;
    for (let at = names.length * block; at + block <= ids.length; at += block) {
      const hash = createHash('sha256').update(names.at(-1) ?? `root ${o.salt ?? ''}`);
      const end = cutAfter(o.reach, at, at + block);
      const part = ids.subarray(at, end);
      hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      for (const { start, length, key } of images) {
        const [from, to] = [Math.max(start, at), Math.min(start + length, end)];
        if (from < to) hash.update(` image ${key} rows ${from - start} to ${to - start} at ${from - at}`);
      }
      names.push(hash.digest('base64'));
    }
    return names;
  }

  /** Copies blocks into a row from position `from` on, while they are known and end at or before `limit`. Returns the filled positions. */
  restore(names: readonly string[], slot: number, from: number, limit: number): number {
    const { block } = this.options;
    let at = from;
    if (from % block !== 0) return from;
    for (let i = from / block; i < names.length && at + block <= limit; i++) {
      const data = this.blocks.get(names[i] as string);
      if (!data) break;
      this.kv.write(slot, at, block, data);
      at += block;
    }
    this.hitTokens += at - from;
    this.touch(names.slice(0, at / block));
    return at;
  }

  /** Notes positions that were computed because they were not here. */
  missed(positions: number): void {
    this.missTokens += positions;
  }

  /** Keeps the blocks of a row between positions `from` and `to` that are not here yet. */
  save(names: readonly string[], slot: number, from: number, to: number): void {
    const { block } = this.options;
    const count = Math.min(names.length, Math.floor(to / block));
    for (let i = Math.floor(from / block); i < count; i++) {
      const name = names[i] as string;
      if (this.blocks.has(name)) continue;
      const data = this.buffer();
      if (!data) return;
      this.kv.read(slot, i * block, block, data);
      this.blocks.set(name, data);
    }
    this.touch(names.slice(0, count));
  }

  clear(): void {
    this.blocks.clear();
    this.free.length = 0;
  }

  /** Makes these the most recently used, the first of them most of all. */
  private touch(names: readonly string[]): void {
    for (let i = names.length - 1; i >= 0; i--) {
      const name = names[i] as string;
      const data = this.blocks.get(name);
      if (!data) continue;
      this.blocks.delete(name);
      this.blocks.set(name, data);
    }
  }

  private buffer(): Float32Array | undefined {
    if (this.most === 0) return undefined;
    if (this.blocks.size >= this.most) {
      const [name, data] = this.blocks.entries().next().value as [string, Float32Array];
      this.blocks.delete(name);
      this.evictions++;
      this.free.push(data);
    }
    return this.free.pop() ?? new Float32Array(this.kv.floats(this.options.block));
  }
}
