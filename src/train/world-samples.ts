// The scene world as data to train on: scenes with captions or dialogues, as a data set of conversations whose images are drawn when needed.

import { createHash } from 'node:crypto';
import type { Conversation, Dataset } from '../data/index.js';
import { DrawnImage, type RgbImage } from '../media/index.js';
import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import {
  type CaptionSample,
  captionRequest,
  type Dialogue,
  loadSprites,
  type PreferenceSample,
  pointerShape,
  renderScene,
  type Scene,
  type Sprites,
  sceneWidth,
} from '../world/index.js';

/** A source of captions or dialogues over scenes. */
export interface SceneSource {
  readonly length: number;
  readonly description: unknown;
  get(index: number): CaptionSample | Dialogue;
}

/** Throws `train.data` unless `data` has rows that can be taken by number; `place` names the stage. */
export function assertSource(data: unknown, place: string): asserts data is SceneSource {
  const { length, get } = (data ?? {}) as { length?: unknown; get?: unknown };
  const fail = (summary: string, got: string): never => {
    throw new SensoriumError('train.data', summary, {
      place: `${place}: data`,
      expected:
        'scenes that can be taken by number, such as world.captions({…}) or world.instructions({…}): { length, get(index), description }',
      got,
      hint: "For images and conversations of your own: conversations('data.json') of sensorium/data",
    });
  };
  if (data === undefined || data === null) fail('the stage has no data', 'nothing');
  if (typeof get !== 'function') fail('the data are not a source of scenes', kindOf(data));
  if (!Number.isSafeInteger(length) || (length as number) < 0) fail('the data have no length', `length ${show(length)}`);
  if (length === 0) fail('the data are empty', 'length 0');
}

const kindOf = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return typeof value;
  const name = value.constructor?.name ?? 'an object';
  return `${name} with ${Object.keys(value).slice(0, 5).join(', ') || 'no keys'}`;
};

/** The row at `index`, checked. Errors: `train.data`, naming the row. */
export function sceneRow(source: SceneSource, index: number, place: string): CaptionSample | Dialogue {
  const fail = (expected: string, got: string, cause?: unknown): never => {
    throw new SensoriumError('train.data', 'a row of the data cannot be used', { place: `${place}: row ${index}`, expected, got, cause });
  };
  let row: (Partial<CaptionSample> & Partial<Dialogue>) | undefined;
  try {
    row = source.get(index);
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause;
    fail('a caption or a dialogue over a scene', cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (typeof row !== 'object' || row === null) return fail('an object with a scene', show(row));
  if (!Number.isInteger(row.scene?.size) || !Array.isArray(row.scene?.objects))
    fail('a scene, as makeScene gives', `keys ${Object.keys(row).join(', ')}`);
  if (row.turns !== undefined) {
    const { turns } = row;
    if (!Array.isArray(turns) || !turns.some((t) => t?.role === 'user')) fail('turns, one of them of the user', show(turns));
    const wrong = turns.findIndex((t) => typeof t?.content !== 'string' || !['user', 'assistant', 'system'].includes(t.role));
    if (wrong >= 0) fail('turns of role user, assistant or system with text', `turn ${wrong}: ${show(turns[wrong])}`);
  } else if (
    typeof row.text !== 'string' ||
    !['short', 'long'].includes(row.detail as string) ||
    !['en', 'zh'].includes(row.language as string)
  )
    fail('turns, or a caption: text, language (en, zh) and detail (short, long)', `keys ${Object.keys(row).join(', ')}`);
  return row as CaptionSample | Dialogue;
}

/** The conversation of a sample, its image in the first user message; what is pointed at stands before the words of its turn, which needs `sprites`. */
export function conversation(sample: CaptionSample | Dialogue, image?: RgbImage, sprites?: Sprites): ChatMessage[] {
  const turns: Dialogue['turns'] =
    'turns' in sample
      ? sample.turns
      : [
          { role: 'user' as const, content: captionRequest(sample.language, sample.detail) },
          { role: 'assistant' as const, content: sample.text },
        ];
  const first = turns.findIndex(({ role }) => role === 'user');
  const part = { type: 'image' as const, ...(image ? { source: image } : {}) };
  return turns.map(({ role, content, pointer }, i) => {
    const region = pointer && sprites ? [{ type: 'region' as const, ...pointerShape(sample.scene, pointer, sprites) }] : [];
    const before = [...(i === first ? [part] : []), ...region];
    return before.length > 0 ? { role, content: [...before, { type: 'text', text: content }] } : { role, content };
  });
}

/** The picture of a scene: drawn when its pixels are read, and named by what the scene holds. */
export function sceneImage(scene: Scene, sprites: Sprites): DrawnImage {
  const key = `scene ${createHash('sha256').update(JSON.stringify(scene)).digest('base64')}`;
  return new DrawnImage(sceneWidth(scene), scene.size, key, () => renderScene(scene, sprites));
}

/** The scene, which rewards are checked against, and what a caption or a pair of replies has beside its text, under the keys that rows of files have it. */
function extraOf(sample: CaptionSample | Dialogue | PreferenceSample): Pick<Conversation, 'extra'> {
  const { scene } = sample;
  if ('rejected' in sample) {
    const { rejected, segments, captions, provenance } = sample;
    return { extra: { scene, rejected_response: rejected, segments, provenance, ...(captions ? { captions } : {}) } };
  }
  if ('turns' in sample) return { extra: { scene, ...(sample.targets ? { targets: sample.targets } : {}) } };
  const { epsilon, hallucinated } = sample;
  return { extra: { scene, ...(epsilon === undefined ? {} : { epsilon }), ...(hallucinated === undefined ? {} : { hallucinated }) } };
}

/**
 * Scenes as data that mixtures and templates take: opened with them.
 * @example mixture({ parts: [{ data: sceneData(world.instructions({ scenes: 5000 })), media: true }, { data: conversations('text.jsonl') }] })
 */
export function sceneData(source: SceneSource): { open(): Promise<Dataset<Conversation>> } {
  return { open: async () => sceneConversations(source, { sprites: await loadSprites(), place: 'the scene world' }) };
}

/** A source of scenes as a data set of conversations. `side`: of the scenes, where the model takes one size alone. Errors: `train.data`, naming the row. */
export function sceneConversations(
  source: SceneSource,
  { sprites, place = 'data', side }: { sprites: Sprites; place?: string; side?: number },
): Dataset<Conversation> {
  return {
    length: source.length,
    describe: { scenes: source.description },
    get: async (row) => {
      const found = sceneRow(source, row, place);
      const { scene } = found;
      if (side !== undefined && (scene.size !== side || sceneWidth(scene) !== side))
        throw new SensoriumError('train.data', 'a scene has another size than the model takes', {
          place: `${place}: row ${row}`,
          expected: `${side} pixels a side, as image_size of the vision encoder`,
          got: `${sceneWidth(scene)}x${scene.size}`,
          hint: `Make the scenes with size: ${side}`,
        });
      const messages = conversation(found, sceneImage(scene, sprites), sprites);
      return { id: String(row), messages, ...extraOf(found), at: { file: place, row } };
    },
  };
}
