// Films as time-stamped text: what a detector and a captioner say of each frame, one line for as long as they say the same.

import { type Conversation, type Dataset, turnsTold } from '../../src/data/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { DrawnImage, image } from '../../src/media/index.js';
import { TrainedDetector } from '../../src/trust/trained-detector.js';
import { Rng } from '../../src/util/rng.js';
import {
  caption,
  captionRequest,
  type Film,
  frameScene,
  groupsOf,
  loadSprites,
  type MediaSource,
  nameOf,
  renderScene,
} from '../../src/world/index.js';

/** What is known of a frame. */
interface Seen {
  things: readonly string[];
  said: string;
}

/** Lines such as `0.0-1.5 s: dog. A red dog.`, with two frames to a second. */
export function logOf(frames: readonly Seen[]): string {
  const lines: { from: number; to: number; text: string }[] = [];
  for (const [t, { things, said }] of frames.entries()) {
    const text = things.length === 0 ? 'nothing.' : `${[...things].sort().join(', ')}. ${said}`;
    const last = lines.at(-1);
    if (last?.text === text) last.to = t + 1;
    else lines.push({ from: t, to: t + 1, text });
  }
  return lines.map(({ from, to, text }) => `${(from / 2).toFixed(1)}-${(to / 2).toFixed(1)} s: ${text}`).join('\n');
}

/** The log of a film by its truth, for training alone. */
export function trueLog(film: Film, seed: string): string {
  return logOf(
    Array.from({ length: film.frames }, (_, t) => {
      const scene = frameScene(film, t);
      const things = groupsOf(scene).map(({ category }) => nameOf(category, 'en'));
      return { things, said: things.length === 0 ? '' : caption(scene, { language: 'en', detail: 'short', rng: new Rng(seed) }) };
    }),
  );
}

/** Films as data: their logs, then questions. */
export const filmLogs = (source: MediaSource<Film>): { open(): Promise<Dataset<Conversation>> } => ({
  open: async () => ({
    length: source.length,
    describe: { ...source.description, told: 'log' },
    get: async (row) => {
      const { item, turns, key } = source.get(row);
      return { id: String(row), messages: turnsTold(trueLog(item, key), turns), at: { file: 'world videos', row } };
    },
  }),
});

/** The experts: a detector and a captioner of this repository, which look at the frames and are not told anything. */
export class Experts {
  private constructor(
    private readonly detector: TrainedDetector,
    private readonly captioner: Mllm,
    private readonly sprites: Awaited<ReturnType<typeof loadSprites>>,
  ) {}

  static async load(signal?: AbortSignal): Promise<Experts> {
    const detector = await TrainedDetector.load('models/world-detector', { signal });
    return new Experts(detector, await Mllm.load('models/sensorium-tiny', { signal }), await loadSprites());
  }

  /** The log of a film by what the experts see in its frames; equal frames are looked at once. */
  async log(film: Film, signal?: AbortSignal): Promise<string> {
    const seen = new Map<string, Seen>();
    const frames: Seen[] = [];
    for (let t = 0; t < film.frames; t++) {
      const scene = frameScene(film, t);
      const key = JSON.stringify(scene.objects);
      const found =
        seen.get(key) ?? (await this.look(new DrawnImage(scene.size, scene.size, key, () => renderScene(scene, this.sprites)), signal));
      seen.set(key, found);
      frames.push(found);
    }
    return logOf(frames);
  }

  private async look(frame: DrawnImage, signal?: AbortSignal): Promise<Seen> {
    const found = await this.detector.detect(image(frame), { signal });
    const things = [...new Set(found.filter(({ score }) => score >= 0.4).map(({ label }) => label))];
    if (things.length === 0) return { things, said: '' };
    let said = '';
    for await (const { text } of this.captioner.stream({
      messages: [{ role: 'user', content: [{ ...image(frame) }, { type: 'text', text: captionRequest('en', 'short') }] }],
      maxTokens: 40,
      temperature: 0,
      signal,
    }))
      said += text;
    return { things, said: said.trim() };
  }

  async dispose(): Promise<void> {
    this.detector.dispose();
    await this.captioner.dispose();
  }
}
