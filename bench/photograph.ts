// Photographs, as far as a codec can tell: gradients, shapes with edges, clouds of noise and the grain of a sensor. Always the same.

import sharp from 'sharp';

/** A file to draw. */
export interface Photo {
  width: number;
  height: number;
  format: 'jpeg' | 'png' | 'webp';
}

/** Bytes that look random, around 128 with this spread. */
function grain(count: number, spread: number, seed: number): Buffer {
  const bytes = Buffer.alloc(count);
  for (let i = 0, x = seed; i < count; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    const [a, b] = [x >>> 24, (x >>> 16) & 255]; // the sum of two is nearer to a bell than one
    bytes[i] = 128 + ((a + b - 255) / 255) * spread;
  }
  return bytes;
}

const shapes = (width: number, height: number): string => {
  const parts: string[] = [];
  for (let i = 0, x = 7; i < 60; i++) {
    const next = (n: number): number => {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      return (x / 2 ** 32) * n;
    };
    const [cx, cy, r] = [next(width), next(height), next(height / 6) + 2];
    const color = `rgb(${[next(255), next(255), next(255)].map(Math.floor).join(',')})`;
    parts.push(
      i % 2
        ? `<circle cx="${cx}" cy="${cy}" r="${r}" fill="${color}" opacity="${0.4 + next(0.6)}"/>`
        : `<rect x="${cx}" y="${cy}" width="${r}" height="${r * 2}" fill="${color}" transform="rotate(${next(90)} ${cx} ${cy})"/>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>
    <linearGradient id="a" x2="1" y2="1"><stop stop-color="#7fb4e8"/><stop offset=".5" stop-color="#d8c9a0"/><stop offset="1" stop-color="#2f4a22"/></linearGradient>
    </defs><rect width="100%" height="100%" fill="url(#a)"/>${parts.join('')}</svg>`;
};

/** The bytes of a photograph; JPEG and WebP of quality 90. */
export async function photograph({ width, height, format }: Photo): Promise<Buffer> {
  const raw = (w: number, h: number) => ({ raw: { width: w, height: h, channels: 3 as const } });
  const [w, h] = [Math.ceil(width / 12), Math.ceil(height / 12)];
  const clouds = await sharp(grain(w * h * 3, 110, 3), raw(w, h))
    .resize(width, height, { fit: 'fill' })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const sensor = await sharp(grain(width * height * 3, 26, 5), raw(width, height))
    .png({ compressionLevel: 0 })
    .toBuffer();
  const picture = sharp(Buffer.from(shapes(width, height)))
    .composite([
      { input: clouds, blend: 'soft-light' },
      { input: sensor, blend: 'overlay' },
    ])
    .removeAlpha();
  return format === 'png' ? picture.png().toBuffer() : picture[format]({ quality: 90 }).toBuffer();
}
