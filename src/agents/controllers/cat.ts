// Caption Anything (Wang et al. 2023, arXiv:2305.02677): a click or a box, its mask, a caption of what is cut out, refined by length, tone, language, factuality.

import type { RgbImage } from '../../media/index.js';
import { cocoObjects } from '../../trust/coco-objects.js';
import { SensoriumError } from '../../util/errors.js';
import { CATEGORIES } from '../../world/index.js';
import { defineAgent } from '../registry.js';
import { boxWithin, type PixelBox, roundBox } from '../tools/define.js';
import { findObjects } from '../tools/find.js';
import { boxAt, captionOf, maskInBox } from '../tools/index.js';
import { cut } from '../tools/pixels.js';
import { article } from '../tools/words.js';
import type { MaskValue } from '../workspace.js';
import { controlsOf, refine, shortened } from './style.js';

/** What is cut out, on white: the captioner is to speak of nothing else. */
export function onWhite(image: RgbImage, mask: MaskValue): RgbImage {
  const data = image.data.slice();
  for (let i = 0; i < mask.data.length; i++) if (!mask.data[i]) data.fill(255, 3 * i, 3 * i + 3);
  return { width: image.width, height: image.height, data };
}

const NAMES: readonly (readonly [string, string, readonly [number, number, number]])[] = [
  ['red', '红色', [210, 40, 40]],
  ['orange', '橙色', [240, 140, 40]],
  ['yellow', '黄色', [235, 215, 60]],
  ['green', '绿色', [60, 160, 70]],
  ['blue', '蓝色', [50, 90, 200]],
  ['purple', '紫色', [130, 60, 160]],
  ['pink', '粉色', [240, 150, 180]],
  ['brown', '棕色', [125, 80, 45]],
  ['white', '白色', [240, 240, 240]],
  ['gray', '灰色', [130, 130, 130]],
  ['black', '黑色', [25, 25, 25]],
];

/** The name of the mean color of what a mask covers. */
export function colorOf(image: RgbImage, mask: MaskValue): { en: string; zh: string } {
  const sum = [0, 0, 0];
  let n = 0;
  for (let i = 0; i < mask.data.length; i++) {
    if (!mask.data[i]) continue;
    n++;
    for (let c = 0; c < 3; c++) sum[c] = (sum[c] as number) + (image.data[3 * i + c] as number);
  }
  const mean = sum.map((v) => v / Math.max(1, n));
  const far = (rgb: readonly number[]): number => rgb.reduce((total, v, c) => total + (v - (mean[c] as number)) ** 2, 0);
  const [en, zh] = [...NAMES].sort((a, b) => far(a[2]) - far(b[2]))[0] as (typeof NAMES)[number];
  return { en, zh };
}

const COLUMNS = ['left', '', 'right'];
const ROWS = ['upper', '', 'lower'];
/** Where a box lies, in thirds of an image: "upper left", "middle". */
export function placeOf(box: PixelBox, { width, height }: { width: number; height: number }): { en: string; zh: string } {
  const third = (v: number, side: number): number => Math.min(2, Math.floor((3 * v) / side));
  const [c, r] = [third((box[0] + box[2]) / 2, width), third((box[1] + box[3]) / 2, height)];
  const en = [ROWS[r], COLUMNS[c]].filter(Boolean).join(' ');
  const zh = `${['左', '', '右'][c]}${['上', '', '下'][r]}`;
  return { en: en || 'middle', zh: zh ? `${zh}方` : '中间' };
}

const zhOf = (label: string): string =>
  cocoObjects.find(({ id }) => id === label)?.zh?.[0] ?? CATEGORIES.find(({ id }) => id === label)?.zh ?? label;

/** A caption from what was measured: label, color of the mask, place. */
export function measuredCaption(
  { label, color, place }: { label?: string; color: { en: string; zh: string }; place: { en: string; zh: string } },
  language: string,
): string {
  if (language === 'zh') return `${color.zh}的${label ? zhOf(label) : '东西'}，在图的${place.zh}。`;
  const thing = label ?? 'thing';
  const named = article(`${color.en} ${thing}`);
  return `${named.charAt(0).toUpperCase()}${named.slice(1)}, in the ${place.en} of the picture.`;
}

/** The agent `cat`. */
export const captionAnything = defineAgent({
  name: 'cat',
  about: 'Describes what is pointed at (--at x,y or --box), in the length, tone and language that the task asks for: Caption Anything.',
  tiers: ['grammar', 'url', 'own'],
  async run({ text, images, at }, context) {
    const { workspace, budget, equipment, signal, planner, step } = context;
    const [name] = images;
    if (name === undefined || !at)
      throw new SensoriumError('agent.argument', 'nothing is pointed at', {
        place: name === undefined ? 'image' : 'at',
        expected: 'an image, and --at x,y or --box in pixels',
      });
    const image = workspace.get('image', name);
    const tools = { workspace, budget, signal };
    const controls = controlsOf(text);
    budget.spend('calls');
    const found: { box: PixelBox; label?: string } =
      at.length === 2 ? await boxAt({ equipment }, { image, point: at }, tools) : { box: boxWithin(at, image) };
    if (at.length === 4 && equipment.has('detectors')) {
      const overlap = ({ box }: { box: PixelBox }): number => {
        const [w, h] = [Math.min(box[2], at[2]) - Math.max(box[0], at[0]), Math.min(box[3], at[3]) - Math.max(box[1], at[1])];
        const both = Math.max(0, w) * Math.max(0, h);
        return both / ((box[2] - box[0]) * (box[3] - box[1]) + (at[2] - at[0]) * (at[3] - at[1]) - both);
      };
      const { value } = await findObjects({ equipment }, { image }, tools);
      const [best] = value.objects.sort((a, b) => overlap(b) - overlap(a));
      if (best && overlap(best) > 0.3) found.label = best.label;
    }
    const mask = maskInBox(image, found.box);
    const maskName = workspace.put('mask', mask, 'cat');
    const part = workspace.put('image', cut(onWhite(image, mask), found.box), `cut out of ${name}`);
    step({
      kind: 'call',
      name: 'segment',
      input: { at: [...at] },
      output: { box: roundBox(found.box), label: found.label ?? null, mask: maskName },
      items: [name, maskName, part],
      boxes: [{ box: found.box, label: found.label }],
    });
    const measured = { label: found.label, color: colorOf(image, mask), place: placeOf(found.box, image) };
    if (planner.tier === 'grammar') {
      const caption = measuredCaption(measured, controls.language);
      step({ kind: 'observation', name: 'measured', text: caption });
      // Length and language are the rules' own; what they cannot write they refuse.
      const plain = await refine(caption, { ...controls, length: undefined }, context);
      return controls.length === undefined ? plain : shortened(plain, controls.length);
    }
    budget.spend('calls');
    const seen = await captionOf({ equipment }, workspace.get('image', part), tools);
    step({ kind: 'call', name: 'caption', input: { image: part }, output: { caption: seen.value, by: seen.by }, items: [part] });
    return refine(`${measuredCaption(measured, 'en')} ${seen.value}`, controls, context);
  },
});
