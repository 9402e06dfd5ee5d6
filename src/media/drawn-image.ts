// Images and sounds that are made when they are read, and named without that.

import type { RgbImage } from './image.js';
import type { Sound } from './sound.js';

/** What is made for readers in the same turn, then free to be collected. */
class Drawn<T extends object> {
  private held: WeakRef<T> | undefined;
  constructor(private readonly draw: () => T) {}
  get(): T {
    const before = this.held?.deref();
    if (before) return before;
    const made = this.draw();
    this.held = new WeakRef(made);
    return made;
  }
}

/** An image of known size whose pixels are made anew when something reads them, such as a scene: while a cache has its features, nothing is drawn. */
export class DrawnImage implements RgbImage {
  private readonly drawn: Drawn<Uint8Array>;

  /** `key` names the content: equal keys have equal pixels. `draw` gives [height, width, 3]. */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly key: string,
    draw: () => Uint8Array,
  ) {
    this.drawn = new Drawn(draw);
  }

  get data(): Uint8Array {
    return this.drawn.get();
  }
}

/** A sound of known rate whose samples are made anew when something reads them. */
export class DrawnSound implements Sound {
  private readonly drawn: Drawn<Float32Array>;

  /** `key` names the content: equal keys have equal samples. */
  constructor(
    readonly sampleRate: number,
    readonly key: string,
    draw: () => Float32Array,
  ) {
    this.drawn = new Drawn(draw);
  }

  get samples(): Float32Array {
    return this.drawn.get();
  }
}
