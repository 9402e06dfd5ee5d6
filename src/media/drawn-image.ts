// Images that are drawn when their pixels are read, and named without them.

import type { RgbImage } from './image.js';

/** An image of known size whose pixels are made anew when something reads them, such as a scene: while a cache has its features, nothing is drawn. */
export class DrawnImage implements RgbImage {
  private held: WeakRef<Uint8Array> | undefined;

  /** `key` names the content: equal keys have equal pixels. `draw` gives [height, width, 3]. */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly key: string,
    private readonly draw: () => Uint8Array,
  ) {}

  /** Drawn once for readers in the same turn, then free to be collected. */
  get data(): Uint8Array {
    const before = this.held?.deref();
    if (before) return before;
    const data = this.draw();
    this.held = new WeakRef(data);
    return data;
  }
}
