// The masks of a reply: the states that its mask tokens were predicted from, through the mask decoder, back in the size of the image.

import { input } from '../graph/index.js';
import { type ImageSize, type Mask, Placement } from '../media/index.js';
import type { Model, Sequence } from '../model/index.js';
import { endAdapter, MaskHead } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { joinRows } from './media-encoder.js';
import type { Programs } from './programs.js';

/** Masks of one reply that are decoded. */
const MOST = 32;

/** Decodes masks for a model with a mask head. Its program is compiled at the first mask. */
export class MaskReader {
  private compiled: Promise<Program> | undefined;
  private constructor(
    private readonly model: Model,
    private readonly head: MaskHead,
    private readonly token: number,
    private readonly o: { programs: Programs; runtime?: Runtime | RuntimeName; threads?: number },
  ) {}

  /** The reader of a model; undefined for one without a mask head. */
  static of(model: Model, o: { programs: Programs; runtime?: Runtime | RuntimeName; threads?: number }): MaskReader | undefined {
    const head = endAdapter(model.network, MaskHead);
    const token = head && model.tokenizer?.tokenId(head.options.token);
    return head && token !== undefined ? new MaskReader(model, head, token, o) : undefined;
  }

  /** The masks that a reply means, in order: of the size of the first image, or of the picture where that is not known. */
  async read(prompt: Sequence, reply: readonly number[], { maxPixels = Number.POSITIVE_INFINITY } = {}): Promise<Mask[]> {
    const [image] = prompt.media;
    const pixelsOfImage = image?.size ? image.size.width * image.size.height : 1;
    const most = Math.min(MOST, Math.floor(maxPixels / pixelsOfImage));
    const places = [...reply.keys()].filter((i) => reply[i] === this.token).slice(0, most);
    if (places.length === 0 || !image) return [];
    const pixels = (await image.feeds(['pixels'])).pixels as HostTensor<'float32'>;
    const size = image.size ?? { width: pixels.shape[3] as number, height: pixels.shape[2] as number };
    const placement = this.model.media?.placement?.(size) ?? Placement.of(size);
    const rows = await this.o.programs.encodeMedia(prompt.media);
    const states = await this.states(prompt, reply, { places, rows });
    const first = this.head.reader && this.rowsOf(rows[0] as HostTensor<'float32'>, states[0]?.length ?? 0);
    const out: Mask[] = [];
    for (const state of states) out.push(maskOf(await this.decode(state, pixels, first), size, placement));
    return out;
  }

  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
    this.compiled = undefined;
  }

  /** The state behind the token before each place of the reply: the conversation is read once more, up to the last of them. */
  private async states(
    prompt: Sequence,
    reply: readonly number[],
    { places, rows }: { places: readonly number[]; rows: readonly HostTensor<'float32'>[] },
  ): Promise<Float32Array[]> {
    const decoder = await this.o.programs.decoder();
    const [first, last] = [places[0] as number, places.at(-1) as number];
    const ids = Int32Array.from([...prompt.ids, ...reply.slice(0, last)]);
    const at = prompt.media.flatMap((m) => [...m.at]);
    const wanted = last - first + 1;
    const x = { ids: [ids], features: joinRows(rows), imagePositions: Int32Array.from(at) };
    const { states } = await decoder.read(decoder.cache(1, ids.length), x, wanted);
    const width = states?.shape[1] as number;
    const data = states?.data as Float32Array;
    return places.map((place) => data.slice((place - first) * width, (place - first + 1) * width));
  }

  /** Rows of one image, [m, row width], as a mask head reads them: [1, k, width]. Those of regions stand behind its own. */
  private rowsOf({ shape, data }: HostTensor<'float32'>, width: number): HostTensor<'float32'> {
    const [m, rowWidth] = shape as [number, number];
    const k = this.model.media?.everyImage?.length ?? m;
    const out = hostTensor('float32', [1, k, width]);
    for (let i = 0; i < k; i++) out.data.set(data.subarray(i * rowWidth, i * rowWidth + width), i * width);
    return out;
  }

  /** Logits over the picture. */
  private async decode(
    state: Float32Array,
    pixels: HostTensor<'float32'>,
    rows: HostTensor<'float32'> | undefined,
  ): Promise<HostTensor<'float32'>> {
    const { runtime, threads } = this.o;
    const make = (): Promise<Program> => {
      const images = { pixels: input('pixels', pixels.shape), rows: rows && input('rows', rows.shape) };
      return compile(
        { masks: this.head.masks(input('states', [1, state.length]), images) },
        { frozen: this.model.values, runtime, threads, name: 'masks' },
      );
    };
    this.compiled ??= make();
    const states = hostTensor('float32', [1, state.length], state);
    const { masks } = await (await this.compiled).run({ states, pixels, ...(rows ? { rows } : {}) });
    return masks as HostTensor<'float32'>;
  }
}

/** Logits of the picture, [1, h, w], as a mask of the image: each pixel is inside where the logit at its place, interpolated, is above 0. */
export function maskOf(logits: HostTensor<'float32'>, { width, height }: ImageSize, placement: Placement): Mask {
  const [, h, w] = logits.shape as [number, number, number];
  const data = new Uint8Array(width * height);
  const at = (y: number, x: number): number => logits.data[Math.min(h - 1, Math.max(0, y)) * w + Math.min(w - 1, Math.max(0, x))] as number;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = placement.point([(x + 0.5) / width, (y + 0.5) / height]);
      if (u < 0 || v < 0 || u > 1 || v > 1) continue; // what the model was not shown
      const [px, py] = [u * w - 0.5, v * h - 0.5];
      const [left, top] = [Math.floor(px), Math.floor(py)];
      const [a, b] = [px - left, py - top];
      const upper = (1 - a) * at(top, left) + a * at(top, left + 1);
      const lower = (1 - a) * at(top + 1, left) + a * at(top + 1, left + 1);
      if ((1 - b) * upper + b * lower > 0) data[y * width + x] = 1;
    }
  return { width, height, data };
}
