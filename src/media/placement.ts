// Where an image lies in the picture that a model is shown: resizes, crops, pads and tiles as one map of places, and back again.

/** Sizes in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of pixels. */
interface Rectangle extends ImageSize {
  readonly left: number;
  readonly top: number;
}

/** Corners in 0..1 of width and height; of a place that a crop leaves out, beyond. */
type Corners = readonly [x0: number, y0: number, x1: number, y1: number];
type Place = readonly [x: number, y: number];

/** One axis: pixel `v` of the image is pixel v · scale + shift of the picture. */
interface Axis {
  readonly scale: number;
  readonly shift: number;
}

/**
 * A map from places of an image to places of the picture that is made of it, both in 0..1 of their own sizes. Each step is that of the
 * processors, with their rounded sizes, so that a box of the picture goes back to the image to rounding of a double.
 * @example Placement.of(photo).resize({ width: 448, height: 336 }).crop({ left: 56, top: 0, width: 336, height: 336 }).back(box)
 */
export class Placement {
  private constructor(
    readonly image: ImageSize,
    readonly picture: ImageSize,
    private readonly x: Axis,
    private readonly y: Axis,
  ) {}

  /** The image as it is. */
  static of({ width, height }: ImageSize): Placement {
    const size = { width, height };
    return new Placement(size, size, { scale: 1, shift: 0 }, { scale: 1, shift: 0 });
  }

  /** The picture brought to a size, each axis by itself. */
  resize({ width, height }: ImageSize): Placement {
    const scaled = ({ scale, shift }: Axis, by: number): Axis => ({ scale: scale * by, shift: shift * by });
    const { picture } = this;
    return new Placement(this.image, { width, height }, scaled(this.x, width / picture.width), scaled(this.y, height / picture.height));
  }

  /** A part of the picture: a crop, or a tile. It may begin before the picture, which is padding. */
  crop({ left, top, width, height }: Rectangle): Placement {
    const moved = ({ scale, shift }: Axis, by: number): Axis => ({ scale, shift: shift - by });
    return new Placement(this.image, { width, height }, moved(this.x, left), moved(this.y, top));
  }

  /** The picture on a canvas of this size, its corner at `left` and `top`. */
  pad({ left, top, width, height }: Rectangle): Placement {
    return this.crop({ left: -left, top: -top, width, height });
  }

  /** A place of the image in the picture. */
  point([x, y]: Place): [number, number] {
    return [this.onto(x, 'x'), this.onto(y, 'y')];
  }

  /** A box of the image in the picture. */
  box([x0, y0, x1, y1]: Corners): [number, number, number, number] {
    return [...this.point([x0, y0]), ...this.point([x1, y1])];
  }

  /** A place of the picture in the image. */
  pointBack([x, y]: Place): [number, number] {
    return [this.from(x, 'x'), this.from(y, 'y')];
  }

  /** A box of the picture in the image. */
  boxBack([x0, y0, x1, y1]: Corners): [number, number, number, number] {
    return [...this.pointBack([x0, y0]), ...this.pointBack([x1, y1])];
  }

  /** True where the picture is the whole image, whatever its size: then places are the same in both. */
  get whole(): boolean {
    const same = ({ scale, shift }: Axis, side: 'width' | 'height'): boolean =>
      shift === 0 && scale * this.image[side] === this.picture[side];
    return same(this.x, 'width') && same(this.y, 'height');
  }

  private onto(v: number, axis: 'x' | 'y'): number {
    const side = axis === 'x' ? 'width' : 'height';
    const { scale, shift } = this[axis];
    return (v * this.image[side] * scale + shift) / this.picture[side];
  }

  private from(v: number, axis: 'x' | 'y'): number {
    const side = axis === 'x' ? 'width' : 'height';
    const { scale, shift } = this[axis];
    return (v * this.picture[side] - shift) / scale / this.image[side];
  }
}

/** A box with what lies outside 0..1 cut off. */
export function clipBox(box: Corners): [number, number, number, number] {
  return box.map((v) => Math.min(1, Math.max(0, v))) as [number, number, number, number];
}
