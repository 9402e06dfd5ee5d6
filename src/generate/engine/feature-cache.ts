// Image features by the content of the image: an image that comes again, or in two requests at once, is encoded once.

import { createHash } from 'node:crypto';

export interface FeatureStats {
  bytes: number;
  budget: number;
  images: number;
  hits: number;
  misses: number;
  evictions: number;
}

/** Hash of image rows that were given instead of an image. */
export function rowsKey(rows: Float32Array): string {
  return createHash('sha256')
    .update('rows ')
    .update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
    .digest('base64');
}

/** Features of images, least recently used first out. Images are encoded one at a time: the same numbers whatever comes with them. */
export class FeatureCache {
  private readonly known = new Map<string, Float32Array>();
  private readonly pending = new Map<string, Promise<Float32Array>>();
  private bytes = 0;
  private hits = 0;
  private misses = 0;
  private evictions = 0;

  constructor(private readonly budget: number) {}

  get stats(): FeatureStats {
    const { bytes, budget, hits, misses, evictions } = this;
    return { bytes, budget, images: this.known.size, hits, misses, evictions };
  }

  /** Rows [m * width] by their key; `make` encodes what is not here. */
  async rows(key: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const found = this.known.get(key);
    if (found) {
      this.hits++;
      this.known.delete(key);
      this.known.set(key, found);
      return found;
    }
    const running = this.pending.get(key);
    if (running) {
      this.hits++;
      return running;
    }
    this.misses++;
    const made = this.keep(key, make);
    this.pending.set(key, made);
    try {
      return await made;
    } finally {
      this.pending.delete(key);
    }
  }

  clear(): void {
    this.known.clear();
    this.bytes = 0;
  }

  private async keep(key: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const rows = await make();
    if (rows.byteLength > this.budget) return rows;
    this.known.set(key, rows);
    this.bytes += rows.byteLength;
    for (const [old, data] of this.known) {
      if (this.bytes <= this.budget) break;
      this.known.delete(old);
      this.bytes -= data.byteLength;
      this.evictions++;
    }
    return rows;
  }
}
