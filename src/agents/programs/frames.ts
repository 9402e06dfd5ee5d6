// Frames: where crops were cut from, so that a box of one is a place in the whole picture, and the whole is looked at once however often it is cut.

import type { RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { Workspace } from '../workspace.js';
import type { FoundBox } from './types.js';

/** Left, top, right, bottom in pixels. */
export type Region = readonly [number, number, number, number];

/** A place in a picture that was not cut. */
export interface Frame {
  readonly root: string;
  readonly region: Region;
}

/** The pixels of a region; it lies within the image and has at least one pixel. */
export function cut({ width, data }: RgbImage, [x0, y0, x1, y1]: Region): RgbImage {
  const [w, h] = [x1 - x0, y1 - y0];
  const out = new Uint8Array(3 * w * h);
  for (let y = 0; y < h; y++) out.set(data.subarray(3 * ((y + y0) * width + x0), 3 * ((y + y0) * width + x1)), 3 * y * w);
  return { width: w, height: h, data: out };
}

/** The crops of a workspace. */
export class Frames {
  private readonly known = new Map<string, Frame>();
  constructor(private readonly workspace: Workspace) {}

  /** The frame of an image: its own where it is whole. */
  of(name: string): Frame {
    const { width, height } = this.workspace.get('image', name);
    return this.known.get(name) ?? { root: name, region: [0, 0, width, height] };
  }

  /** A place of one image as a place in another that is cut from the same picture. Errors: `agent.argument` for images of different pictures. */
  into(image: string, { image: from, box: [x0, y0, x1, y1] }: Pick<FoundBox, 'image' | 'box'>): Region {
    const [a, b] = [this.of(from), this.of(image)];
    if (a.root !== b.root)
      throw new SensoriumError('agent.argument', 'a box of one picture is used on another', {
        place: image,
        expected: `a box of ${b.root}`,
        got: `a box of ${a.root}`,
      });
    const [dx, dy] = [a.region[0] - b.region[0], a.region[1] - b.region[1]];
    return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
  }

  /** Cuts a region out of an image, as far as it lies in it, and gives the name of the crop; at least one pixel is kept. */
  crop(name: string, region: Region, origin: string): string {
    const image = this.workspace.get('image', name);
    const { root, region: own } = this.of(name);
    const x = (v: number): number => Math.min(image.width, Math.max(0, Math.round(v)));
    const y = (v: number): number => Math.min(image.height, Math.max(0, Math.round(v)));
    const left = Math.min(x(region[0]), image.width - 1);
    const top = Math.min(y(region[1]), image.height - 1);
    const inside: Region = [left, top, Math.max(left + 1, x(region[2])), Math.max(top + 1, y(region[3]))];
    const crop = this.workspace.put('image', cut(image, inside), origin);
    this.known.set(crop, { root, region: [inside[0] + own[0], inside[1] + own[1], inside[2] + own[0], inside[3] + own[1]] });
    return crop;
  }
}
