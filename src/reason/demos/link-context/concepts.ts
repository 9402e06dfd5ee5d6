// Concepts that no shipped model was taught: emoji objects outside the categories of the scene world, seen in several views, and made-up names.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { DrawnImage } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hash32, Rng } from '../../../util/rng.js';
import { CATEGORIES, loadMaster, makeScene, renderScene, type Scene, Sprites, STYLES, type StyleId } from '../../../world/index.js';

const require = createRequire(import.meta.url);

/** An emoji as `emojibase-data` lists it. */
interface Emoji {
  label: string;
  hexcode: string;
  group?: number;
}

/** Animals and nature, food and drink, travel and places, activities, objects. */
const GROUPS = new Set([3, 4, 5, 6, 7]);
/** Drawings that differ from each other by a hand or a shadow alone. */
const ALIKE = /o’clock|thirty|moon|globe showing/;
const DRAWN = STYLES.filter(({ heldOut }) => !heldOut).map(({ id }) => id);
const PACKAGES: Readonly<Partial<Record<StyleId, string>>> = { noto: '@iconify-json/noto', fluent: '@iconify-json/fluent-emoji-flat' };

/** One object: its emoji, and what Unicode calls it (models are never told). */
export interface Concept {
  id: string;
  label: string;
}

/** One in five concepts is held out: no training episode shows it. */
export const HELD_OUT_SHARE = 5;

let listed: { train: Concept[]; test: Concept[] } | undefined;

/** The concepts of a split, in an order of their own. Errors: `world.asset` where the icon packages lack too many. */
export function concepts(split: 'train' | 'test'): readonly Concept[] {
  listed ??= list();
  return listed[split];
}

function list(): { train: Concept[]; test: Concept[] } {
  const known = new Set(CATEGORIES.map(({ hexcode }) => hexcode));
  const drawn = DRAWN.map((style) => require(`${PACKAGES[style]}/chars.json`) as Record<string, string>);
  const all = (require('emojibase-data/en/data.json') as Emoji[]).flatMap(({ label, hexcode, group = -1 }): Concept[] => {
    const id = hexcode.toLowerCase().replace(/-fe0f$/, '');
    const has = drawn.every((chars) => id in chars || `${id}-fe0f` in chars);
    return GROUPS.has(group) && !id.includes('-') && has && !known.has(id) && !ALIKE.test(label) ? [{ id, label }] : [];
  });
  if (all.length < 500)
    throw new SensoriumError('world.asset', 'the icon packages have too few drawings', {
      expected: 'at least 500',
      got: String(all.length),
    });
  const order = (concept: Concept): number => hash32(`concept/${concept.id}`);
  const sorted = all.sort((a, b) => order(a) - order(b));
  const test = sorted.filter((_, i) => i % HELD_OUT_SHARE === 0);
  return { train: sorted.filter((_, i) => i % HELD_OUT_SHARE !== 0), test };
}

/** Views of each concept: other style, tint, size, place and background. */
export const VIEWS = 8;
/** Bytes of scaled drawings that are kept of each concept. */
const SPRITE_BYTES = 2 ** 16;

/** Draws views of concepts. Drawings are rasterized when they are first needed. */
export class ConceptImages {
  private readonly drawings = new Map<string, Promise<Sprites>>();

  constructor(private readonly options: { size?: number; tinted?: boolean } = {}) {}

  /** View `view` of the concept at `index` of a split: drawn when its pixels are read. */
  async image(split: 'train' | 'test', index: number, view: number): Promise<DrawnImage> {
    const { size = 64 } = this.options;
    const sprites = await this.sprites(split, index);
    const scene = this.scene(sprites, split, index, view);
    const name = `concept ${concepts(split)[index]?.id} ${JSON.stringify(scene)}`;
    return new DrawnImage(size, size, createHash('sha256').update(name).digest('base64'), () => renderScene(scene, sprites));
  }

  /** The drawings of one concept in the styles of training, as category 0. */
  private sprites(split: 'train' | 'test', index: number): Promise<Sprites> {
    const key = `${split}/${index}`;
    const found = this.drawings.get(key);
    if (found) return found;
    const { id } = concepts(split)[index] as Concept;
    const masters = STYLES.map(async ({ id: style, heldOut }) => (heldOut ? [] : [await loadMaster(style, id)]));
    const made = Promise.all(masters).then((all) => new Sprites(all, SPRITE_BYTES));
    this.drawings.set(key, made);
    return made;
  }

  /** One object of the concept on a background; its tint is the concept's own unless `tinted` lets it change. */
  private scene(sprites: Sprites, split: string, index: number, view: number): Scene {
    const { size = 64, tinted = false } = this.options;
    const scene = makeScene(index * VIEWS + view, { single: true, text: 0, size, seed: hash32(`views/${split}`), evidence: 1 });
    const rng = new Rng(`view/${split}/${index}/${view}`);
    const style = rng.pick(DRAWN);
    const { width: w, height: h } = sprites.master(style, 0);
    const longest = Math.round(rng.uniform(0.5, 0.8) * size);
    const [width, height] = [w, h].map((side) => Math.max(1, Math.round((side * longest) / Math.max(w, h)))) as [number, number];
    const [x, y] = [rng.int(size - width + 1), rng.int(size - height + 1)];
    const tint = tinted ? rng.int(8) : new Rng(`tint/${split}/${index}`).int(8);
    const object = {
      category: 0,
      tint,
      size: longest,
      style,
      mirror: rng.bool(),
      box: [x, y, x + width, y + height] as [number, number, number, number],
    };
    return { ...scene, style, objects: [object] };
  }
}

const CONSONANTS = 'b d f g k l m n p r s t v z'.split(' ');
const VOWELS = 'a e i o u'.split(' ');

/** Made-up names of a split, three letters each: no name of one split is in the other. */
export function madeUpNames(split: 'train' | 'test'): readonly string[] {
  const all = CONSONANTS.flatMap((a) => VOWELS.flatMap((b) => CONSONANTS.map((c) => `${a}${b}${c}`)));
  return all.filter((name) => (hash32(`name/${name}`) % HELD_OUT_SHARE === 0) === (split === 'test'));
}
