// `sharp` of a tab: what shared code asks of it, done with the browser's own decoders and a canvas.

import { fileType } from '../../media/file-type.js';
import { imageHead } from '../../media/image-head.js';
import { diskError } from '../disk.js';

interface Raw {
  width: number;
  height: number;
  channels: number;
}

interface Options {
  raw?: Raw;
  page?: number;
}

/** sharp's names of formats by those of `fileType`. */
const FORMATS: Readonly<Record<string, string>> = {
  'a PNG image': 'png',
  'a JPEG image': 'jpeg',
  'a WebP image': 'webp',
  'a GIF image': 'gif',
  'an AVIF image': 'heif',
};

/** Width and height that a GIF states. */
const gifSize = (bytes: Uint8Array): { width: number; height: number } => ({
  width: (bytes[6] as number) + 256 * (bytes[7] as number),
  height: (bytes[8] as number) + 256 * (bytes[9] as number),
});

/** A picture that waits for what is to be done with it. */
class Picture {
  private white = false;
  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: Options,
  ) {}

  /** What the header says; a picture whose header is not plain is decoded for it. */
  async metadata(): Promise<Record<string, unknown>> {
    const { bytes } = this;
    const name = fileType(bytes)?.name ?? '';
    const format = FORMATS[name];
    if (!format) throw new Error(`support is not configured for ${name}`);
    const head = imageHead(bytes);
    const stated = head ?? (format === 'gif' ? gifSize(bytes) : undefined);
    const { width, height } = stated ?? (await this.size());
    return { format, width, height, channels: 3, space: 'srgb', depth: 'uchar', ...(format === 'heif' ? { compression: 'av1' } : {}) };
  }

  autoOrient(): this {
    return this; // browsers do by themselves
  }
  flatten(_: { background: string }): this {
    this.white = true;
    return this;
  }
  removeAlpha(): this {
    return this;
  }
  toColourspace(_: string): this {
    return this;
  }
  pipelineColourspace(_: string): this {
    return this;
  }
  raw(_?: { depth: string }): this {
    return this;
  }
  png(): this {
    return this;
  }
  resize(): never {
    throw diskError('ENOSYS', 'resize');
  }

  /** Of pixels a PNG file, of a file its pixels: sharp's forms of the two calls that are made. */
  async toBuffer(o?: { resolveWithObject: true }): Promise<unknown> {
    if (this.options.raw) return this.encoded(this.options.raw);
    const bitmap = await this.decoded();
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: !this.white, willReadFrequently: true });
    if (!context) throw new Error('the browser has no canvas');
    if (this.white) {
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const rgba = context.getImageData(0, 0, width, height).data;
    const data = Buffer.alloc(width * height * 3);
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      data[to++] = rgba[from] as number;
      data[to++] = rgba[from + 1] as number;
      data[to++] = rgba[from + 2] as number;
    }
    return o ? { data, info: { width, height, channels: 3 } } : data;
  }

  private decoded(): Promise<ImageBitmap> {
    if (this.options.page) throw diskError('ENOSYS', 'pages');
    // Profiles are ignored, as in Node: the published encoders were trained so.
    return createImageBitmap(new Blob([this.bytes as Uint8Array<ArrayBuffer>]), { colorSpaceConversion: 'none' });
  }

  private async size(): Promise<{ width: number; height: number }> {
    const bitmap = await this.decoded();
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  }

  private async encoded({ width, height, channels }: Raw): Promise<Uint8Array> {
    const rgba = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) rgba.data[4 * i + c] = this.bytes[channels * i + c] as number;
      rgba.data[4 * i + 3] = 255;
    }
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.putImageData(rgba, 0, 0);
    return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
  }
}

/** A picture of a file's bytes, or of raw pixels. */
export default function sharp(bytes: Uint8Array, options: Options = {}): Picture {
  return new Picture(bytes, options);
}
