// Keys and values of prompts seen before, in blocks named by everything that they depend on: reused instead of computed again.
import { createHash } from 'node:crypto';
/**
 * Keys and values of prefixes, in blocks of a few positions. A block's name is a hash of its ids, of the content of images in it, and
 * of the name of the block before it, so equal names mean equal prefixes (as in vLLM). The least recently used block goes first,
 * and the end of a prefix before its beginning. Buffers of evicted blocks are used again.
 */
export class PrefixCache {
    kv;
    options;
    /** By name, least recently used first. */
    blocks = new Map();
    free = [];
    blockBytes;
    most;
    hitTokens = 0;
    missTokens = 0;
    evictions = 0;
    constructor(kv, options) {
        this.kv = kv;
        this.options = options;
        this.blockBytes = kv.floats(options.block) * 4;
        this.most = Math.floor(options.bytes / this.blockBytes);
    }
    get stats() {
        const { hitTokens, missTokens, evictions } = this;
        const bytes = (this.blocks.size + this.free.length) * this.blockBytes;
        return { bytes, budget: this.options.bytes, blocks: this.blocks.size, hitTokens, missTokens, evictions };
    }
    /** Names of the whole blocks of `ids`. `known` are names of its first blocks; `salt` keeps prefixes of different owners apart. */
    names(ids, images, o = {}) {
        const { block } = this.options;
        const names = [...(o.known ?? [])];
        if (this.most === 0)
            return names;
        for (let at = names.length * block; at + block <= ids.length; at += block) {
            const hash = createHash('sha256').update(names.at(-1) ?? `root ${o.salt ?? ''}`);
            const part = ids.subarray(at, at + block);
            hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
            for (const { start, length, key } of images) {
                const [from, to] = [Math.max(start, at), Math.min(start + length, at + block)];
                if (from < to)
                    hash.update(` image ${key} rows ${from - start} to ${to - start} at ${from - at}`);
            }
            names.push(hash.digest('base64'));
        }
        return names;
    }
    /** Copies blocks into a row from position `from` on, while they are known and end at or before `limit`. Returns the filled positions. */
    restore(names, slot, from, limit) {
        const { block } = this.options;
        let at = from;
        if (from % block !== 0)
            return from;
        for (let i = from / block; i < names.length && at + block <= limit; i++) {
            const data = this.blocks.get(names[i]);
            if (!data)
                break;
            this.kv.write(slot, at, block, data);
            at += block;
        }
        this.hitTokens += at - from;
        this.touch(names.slice(0, at / block));
        return at;
    }
    /** Notes positions that were computed because they were not here. */
    missed(positions) {
        this.missTokens += positions;
    }
    /** Keeps the blocks of a row between positions `from` and `to` that are not here yet. */
    save(names, slot, from, to) {
        const { block } = this.options;
        const count = Math.min(names.length, Math.floor(to / block));
        for (let i = Math.floor(from / block); i < count; i++) {
            const name = names[i];
            if (this.blocks.has(name))
                continue;
            const data = this.buffer();
            if (!data)
                return;
            this.kv.read(slot, i * block, block, data);
            this.blocks.set(name, data);
        }
        this.touch(names.slice(0, count));
    }
    clear() {
        this.blocks.clear();
        this.free.length = 0;
    }
    /** Makes these the most recently used, the first of them most of all. */
    touch(names) {
        for (let i = names.length - 1; i >= 0; i--) {
            const name = names[i];
            const data = this.blocks.get(name);
            if (!data)
                continue;
            this.blocks.delete(name);
            this.blocks.set(name, data);
        }
    }
    buffer() {
        if (this.most === 0)
            return undefined;
        if (this.blocks.size >= this.most) {
            const [name, data] = this.blocks.entries().next().value;
            this.blocks.delete(name);
            this.evictions++;
            this.free.push(data);
        }
        return this.free.pop() ?? new Float32Array(this.kv.floats(this.options.block));
    }
}
//# sourceMappingURL=prefix-cache.js.map