// VisProg's modules that change pictures: COLORPOP, BGBLUR, REPLACE, TAG, EMOJI.

import { createRequire } from 'node:module';
import sharp, { type Sharp } from 'sharp';
import { type RgbImage, resize } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { defineModule, type ModuleContext } from './modules.js';
import type { FoundObject } from './types.js';

/** The pixels of objects in an image: 1 where one of their masks has one. Errors: `agent.argument` for masks of another image. */
function maskOf(image: string, objects: readonly FoundObject[], { workspace }: ModuleContext): Uint8Array {
  const { width, height } = workspace.get('image', image);
  const out = new Uint8Array(width * height);
  for (const { mask } of objects) {
    const { data } = workspace.get('mask', mask);
    if (data.length !== out.length)
      throw new SensoriumError('agent.argument', 'objects of one image are used on another', {
        place: image,
        expected: `masks of ${width}x${height} pixels`,
        got: mask,
      });
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) | (data[i] as number);
  }
  return out;
}

/** An image with another one behind the mask's pixels: `inside` where the mask is 1. */
function joinedBy(mask: Uint8Array, inside: RgbImage, outside: RgbImage): RgbImage {
  const data = outside.data.slice();
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) data.set(inside.data.subarray(3 * i, 3 * i + 3), 3 * i);
  return { width: inside.width, height: inside.height, data };
}

const raw = ({ width, height, data }: RgbImage): Sharp => sharp(data, { raw: { width, height, channels: 3 } });
const pixels = async (picture: Sharp, { width, height }: RgbImage): Promise<RgbImage> => ({
  width,
  height,
  data: new Uint8Array(await picture.removeAlpha().raw().toBuffer()),
});

/** Everything but the objects in gray. */
export const colorpop = defineModule('visprog', {
  name: 'COLORPOP',
  about: 'The image with everything but the objects in gray.',
  takes: { image: 'image', object: 'list<object>' },
  gives: 'image',
  run: ({ image, object }, context) => {
    const whole = context.workspace.get('image', image);
    const gray = whole.data.slice();
    for (let i = 0; i < gray.length; i += 3)
      gray.fill(Math.round(0.299 * (gray[i] as number) + 0.587 * (gray[i + 1] as number) + 0.114 * (gray[i + 2] as number)), i, i + 3);
    return context.workspace.put(
      'image',
      joinedBy(maskOf(image, object, context), whole, { ...whole, data: gray }),
      `COLORPOP of ${image}`,
    );
  },
});

/** Everything but the objects out of focus. */
export const bgblur = defineModule('visprog', {
  name: 'BGBLUR',
  about: 'The image with everything but the objects out of focus.',
  takes: { image: 'image', object: 'list<object>' },
  gives: 'image',
  run: async ({ image, object }, context) => {
    const whole = context.workspace.get('image', image);
    const blurred = await pixels(raw(whole).blur(Math.max(1, Math.max(whole.width, whole.height) / 50)), whole);
    return context.workspace.put('image', joinedBy(maskOf(image, object, context), whole, blurred), `BGBLUR of ${image}`);
  },
});

/** Objects replaced by what a text describes. */
export const replace = defineModule('visprog', {
  name: 'REPLACE',
  about: 'The image with each object replaced by what a prompt describes, as the generator draws it. It needs a generator.',
  takes: { image: 'image', object: 'list<object>', prompt: 'string' },
  gives: 'image',
  run: async ({ image, object, prompt }, context) => {
    const { workspace, equipment, signal } = context;
    const painter = await equipment.get('painter');
    let whole = workspace.get('image', image);
    for (const [i, one] of object.entries()) {
      const drawn = await painter.draw(prompt, { seed: i, signal });
      const x0 = Math.max(0, Math.floor(one.box[0]));
      const y0 = Math.max(0, Math.floor(one.box[1]));
      const width = Math.min(whole.width, Math.ceil(one.box[2])) - x0;
      const height = Math.min(whole.height, Math.ceil(one.box[3])) - y0;
      if (width < 1 || height < 1) continue;
      const fitted = resize(drawn, width, height, 'bilinear');
      const data = whole.data.slice();
      for (let y = 0; y < height; y++)
        data.set(fitted.data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((y + y0) * whole.width + x0));
      whole = { width: whole.width, height: whole.height, data };
    }
    return workspace.put('image', whole, `REPLACE of ${image}: ${prompt}`);
  },
});

const escaped = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Boxes and labels over an image. */
export const tag = defineModule('visprog', {
  name: 'TAG',
  about: 'The image with the boxes and labels of the objects drawn over it.',
  takes: { image: 'image', object: 'list<object>' },
  gives: 'image',
  run: async ({ image, object }, { workspace }) => {
    const whole = workspace.get('image', image);
    const size = Math.max(7, Math.round(Math.max(whole.width, whole.height) / 30));
    const shapes = object.map(({ label, box: [x0, y0, x1, y1] }) => {
      const top = Math.max(0, y0 - size);
      return `<rect x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}" fill="none" stroke="#e6194b" stroke-width="${Math.max(1, size / 8)}"/><rect x="${x0}" y="${top}" width="${0.6 * size * label.length + 2}" height="${size}" fill="#e6194b"/><text x="${x0 + 1}" y="${top + 0.82 * size}" font-family="sans-serif" font-size="${0.9 * size}" fill="#fff">${escaped(label)}</text>`;
    });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}">${shapes.join('')}</svg>`;
    return workspace.put('image', await pixels(raw(whole).composite([{ input: Buffer.from(svg) }]), whole), `TAG of ${image}`);
  },
});

const require = createRequire(import.meta.url);

/** A drawing of Noto Emoji by its name. Errors: `agent.argument` with the nearest name. */
function emojiSvg(name: string, side: number): string {
  const set = require('@iconify-json/noto/icons.json') as { icons: Record<string, { body: string }>; width?: number; height?: number };
  const key = name.trim().toLowerCase().replaceAll('_', '-').replaceAll(' ', '-');
  const icon = Object.hasOwn(set.icons, key) ? set.icons[key] : undefined;
  if (!icon)
    throw new SensoriumError('agent.argument', 'there is no emoji of this name', {
      place: 'emoji',
      got: name,
      hint: `Did you mean ${nearest(key, Object.keys(set.icons))}?`,
    });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 ${set.width ?? 128} ${set.height ?? 128}">${icon.body}</svg>`;
}

/** An emoji over each object. */
export const emoji = defineModule('visprog', {
  name: 'EMOJI',
  about: 'The image with an emoji, such as smiling-face, over each object.',
  takes: { image: 'image', object: 'list<object>', emoji: 'string' },
  gives: 'image',
  run: async ({ image, object, emoji: name }, { workspace }) => {
    const whole = workspace.get('image', image);
    const layers = object.map(({ box: [x0, y0, x1, y1] }) => {
      const side = Math.max(4, Math.min(whole.width, whole.height, Math.round(Math.max(x1 - x0, y1 - y0))));
      const place = (middle: number, most: number): number => Math.max(0, Math.min(most - side, Math.round(middle - side / 2)));
      return { input: Buffer.from(emojiSvg(name, side)), left: place((x0 + x1) / 2, whole.width), top: place((y0 + y1) / 2, whole.height) };
    });
    return workspace.put('image', await pixels(raw(whole).composite(layers), whole), `EMOJI of ${image}`);
  },
});
