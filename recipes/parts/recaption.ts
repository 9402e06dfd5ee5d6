// Captions of scenes written anew by a model, several for each, of which a CLIP's choice stays (LAION-COCO, ShareGPT4V), and how true they are.

import { join } from 'node:path';
import { captionImages, modelCaptioner } from '../../src/curate/captioner.js';
import { type Interval, meanInterval, type Score } from '../../src/evaluate/index.js';
import { worldVocabulary } from '../../src/evaluate/world-source.js';
import { Mllm } from '../../src/generate/mllm.js';
import { ClipEmbedder } from '../../src/serve/clip-embedder.js';
import { type MadeData, type SceneSource, sceneConversations } from '../../src/train/index.js';
import { checkWorldClaims } from '../../src/trust/world-claims.js';
import { ifThere } from '../../src/util/errors.js';
import { appendJsonl, readJsonl } from '../../src/util/fs.js';
import { type CaptionSample, captionRequest, loadSprites, renderScene, type WorldSource, world } from '../../src/world/index.js';

/** Which scenes are captioned by whom, and how one caption is chosen. */
export interface RecaptionOptions {
  /** Folder of the captioner. */
  captioner: string;
  scenes: number;
  seed: number;
  detail: 'short' | 'long';
  /** Captions of each scene; of several the one that this CLIP finds nearest to the image stays, else the first. */
  n: number;
  clip?: string;
}

/** Captions of one scene. */
interface Written {
  index: number;
  caption: string;
  clip?: number;
  candidates: string[];
}

/** Scenes that are captioned together; scenes that are enough to plan with. */
const AT_ONCE = 64;
const PLANNED = 8;

const sourceOf = ({ scenes, seed, detail }: Pick<RecaptionOptions, 'scenes' | 'seed' | 'detail'>) =>
  world.captions({ scenes, seed, detail });

/** The data of a stage: made before its first step, and read again by a run that is resumed. */
export function recaptioned(o: RecaptionOptions): MadeData {
  return {
    async make({ dir, planning, signal }) {
      const own = planning ? { ...o, scenes: PLANNED } : o;
      const rows = await captionsIn(join(dir, planning ? 'plan.jsonl' : 'captions.jsonl'), own, signal);
      const source = sourceOf(own);
      const data: SceneSource = {
        length: rows.length,
        description: { captions: { ...own }, of: source.description },
        get(i) {
          const { index, caption } = rows[i] as Written;
          return { ...source.get(index), text: caption };
        },
      };
      return sceneConversations(data, { sprites: await loadSprites(), place: `captions by ${o.captioner}` });
    },
  };
}

/** The captions of a file, which is written where it ends too early. */
async function captionsIn(path: string, o: RecaptionOptions, signal?: AbortSignal): Promise<Written[]> {
  const rows = (await ifThere(() => readJsonl<Written>(path))) ?? [];
  const next = (rows.at(-1)?.index ?? -1) + 1;
  if (next < o.scenes) rows.push(...(await write(path, next, o, signal)));
  return rows.filter(({ caption }) => caption !== '');
}

async function write(path: string, from: number, o: RecaptionOptions, signal?: AbortSignal): Promise<Written[]> {
  const source = sourceOf(o);
  const sprites = await loadSprites();
  const model = await Mllm.load(o.captioner, { signal });
  const selectors = o.n > 1 ? [await ClipEmbedder.load(o.clip ?? 'models/world-clip')] : [];
  const sampling = o.n > 1 ? { temperature: 1, topP: 0.9 } : { temperature: 0, topP: 1 };
  const out: Written[] = [];
  try {
    for (let start = from; start < o.scenes; start += AT_ONCE) {
      const indices = Array.from({ length: Math.min(AT_ONCE, o.scenes - start) }, (_, k) => start + k);
      const pictures = indices.map((i) => {
        const { scene } = source.get(i);
        return { width: scene.size, height: scene.size, data: renderScene(scene, sprites) };
      });
      const loop = { captioner: modelCaptioner(o.captioner, model), selectors, n: o.n, seed: o.seed + 1000 * start, ...sampling };
      const chosen = await captionImages(pictures, { ...loop, prompt: captionRequest('en', o.detail), maxTokens: 96 }, signal);
      const rows = chosen.map((one, k) => ({ index: start + k, caption: '', ...one, candidates: [...(one?.candidates ?? [])] }));
      await appendJsonl(path, ...rows);
      out.push(...rows);
    }
  } finally {
    await model.dispose();
    for (const selector of selectors) await selector.dispose();
  }
  return out;
}

/** Harmonic mean of the share of claims that are true and of the objects that are named. */
function truthOf({ scene }: CaptionSample, text: string): number {
  const { right, wrong, cover } = checkWorldClaims(scene, text, worldVocabulary());
  const precision = right + wrong === 0 ? 1 : right / (right + wrong);
  return precision + cover === 0 ? 0 : (2 * precision * cover) / (precision + cover);
}

const scored = (name: string, interval: Interval): Score => ({ name, ...interval, better: 'higher' });

/** How true captions of held-out scenes by a model are, greedily written. */
export async function captionTruth(
  folder: string,
  name: string,
  { scenes, seed, detail }: { scenes: number; seed: number; detail: 'short' | 'long' },
): Promise<Score> {
  const sprites = await loadSprites();
  const source: WorldSource<CaptionSample> = world.captions({ scenes, seed, detail, split: 'test' });
  const model = await Mllm.load(folder);
  try {
    const samples = Array.from({ length: scenes }, (_, i) => source.get(i));
    const asked = samples.map(({ scene }) => ({
      image: { width: scene.size, height: scene.size, data: renderScene(scene, sprites) },
      question: captionRequest('en', detail),
    }));
    const texts = await model.answer(asked, { temperature: 0, maxTokens: 96 });
    return scored(name, meanInterval(samples.map((sample, i) => truthOf(sample, texts[i] ?? ''))));
  } finally {
    await model.dispose();
  }
}

/** How true the captions of a stage's data are: those that were chosen, the first ones, the mean and the best of all; and what choosing gains. */
export async function chosenTruth(dir: string, o: Pick<RecaptionOptions, 'scenes' | 'seed' | 'detail'>): Promise<Score[]> {
  const source = sourceOf(o);
  const rows = (await readJsonl<Written>(join(dir, 'captions.jsonl'))).filter(({ candidates }) => candidates.length > 0);
  const each = rows.map(({ index, caption, candidates }) => {
    const sample = source.get(index);
    const all = candidates.map((text) => truthOf(sample, text));
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    return { chosen: truthOf(sample, caption), first: all[0] as number, mean, best: Math.max(...all) };
  });
  const of = (key: 'chosen' | 'first' | 'mean' | 'best'): number[] => each.map((row) => row[key]);
  return [
    scored('true claims, chosen captions', meanInterval(of('chosen'))),
    scored('true claims, first captions', meanInterval(of('first'))),
    scored('true claims, mean of all captions', meanInterval(of('mean'))),
    scored('true claims, best caption of each', meanInterval(of('best'))),
    scored('chosen less first', meanInterval(each.map(({ chosen, first }) => chosen - first), [-1, 1])), // biome-ignore format: one line
  ];
}
