// ImageBind loads under the published names and agrees with a reference in torch: inputs, vectors of all modalities, gradients; any finds any.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant, grad, input, type Parameter, type Tensor } from '../src/graph/index.js';
import { ImageBindSounds } from '../src/media/index.js';
import { IMAGEBIND_MODALITIES, type ImageBind, type ImageBindModality, readFamily } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { ClipEmbedder, nearestTo } from '../src/serve/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noise, noiseSound } from './golden/noise.js';
import { distance, type Golden, golden } from './golden/read.js';

const BAR = 1e-4;
interface Facts {
  pictures: [number, number, number][];
  texts: string[];
  sounds: [length: number, seed: number][];
  gradients: Record<ImageBindModality, string[]>;
}

/** What a tower is fed, and its vectors as published. */
function traced(network: ImageBind, g: Golden, modality: ImageBindModality) {
  const { context_length: context } = network.config;
  if (modality === 'text') {
    const ids = g.ints('text.inputs');
    const rows = g.rows('text.inputs');
    const ends = hostTensor(
      'int32',
      [rows.length],
      rows.map((row, b) => b * context + row.indexOf(Math.max(...row))),
    );
    const given = { ids: input('ids', ids.shape, 'int32'), ends: input('ends', ends.shape, 'int32') };
    return { feeds: { ids, ends } as Record<string, HostTensor>, unit: network.embed('text', given) };
  }
  const { shape, data } = g.floats(`${modality}.inputs`);
  const own = modality === 'vision' ? shape.filter((_, axis) => axis !== 2) : shape;
  const x = input('x', own);
  return { feeds: { x: hostTensor('float32', own, data) } as Record<string, HostTensor>, unit: network.embed(modality as 'audio', x) };
}

const scaled = (network: ImageBind, modality: ImageBindModality, unit: Tensor): Tensor => {
  const scale = network.scale(modality);
  return scale ? unit.mul(scale) : unit;
};

describe('imagebind/tiny', async () => {
  const g = await golden('imagebind/tiny');
  const facts = g.json<Facts>();
  let loaded: LoadedNetwork<ImageBind>;
  let embedder: ClipEmbedder;
  beforeAll(async () => {
    loaded = (await loadNetwork(g.dir, { kinds: ['encoder'] })) as LoadedNetwork<ImageBind>;
    embedder = await ClipEmbedder.load(g.dir, { threads: 1 });
  });
  afterAll(() => embedder.dispose());
  /** A folder of its own with another config. */
  const folderWith = async (more: object): Promise<string> => {
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-imagebind-'));
    await cp(g.dir, dir, { recursive: true });
    const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as object;
    await writeFile(join(dir, 'config.json'), JSON.stringify({ ...config, ...more }));
    return dir;
  };

  it.each(IMAGEBIND_MODALITIES)('computes the vectors and gradients of %s', async (modality) => {
    const { network, values } = loaded;
    const { feeds, unit } = traced(network, g, modality);
    const vectors = scaled(network, modality, unit);
    const want = g.floats(`${modality}.vectors`);
    const factors = hostTensor(
      'float32',
      want.shape,
      Float32Array.from(want.data, (_, i) => Math.cos(0.3 * i)),
    );
    const byName = new Map(network.parameters().map((p) => [p.name, p]));
    const names = facts.gradients[modality];
    const wanted = names.map((name) => byName.get(name) as Parameter);
    const found = grad(vectors.mul(constant(factors)).sum(), wanted);
    const frozen = new Map([...values].filter(([p]) => !wanted.includes(p)));
    const program = await compile(
      { vectors, ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, found[i] as Tensor])) },
      { frozen },
    );
    const out = await program.run({ ...feeds, ...Object.fromEntries(wanted.map((p) => [p.name, values.get(p) as HostTensor])) });
    program.dispose();
    expect(distance((out.vectors as HostTensor<'float32'>).data, want.data)).toBeLessThan(2e-4);
    for (const name of names)
      expect(distance((out[`grad.${name}`] as HostTensor<'float32'>).data, g.floats(`grad.${name}`).data), name).toBeLessThan(2e-3);
  });

  it('sees two frames of a video, of which an image is two alike', async () => {
    const { network, values } = loaded;
    const { shape, data } = g.floats('vision.inputs');
    const own = shape.filter((_, axis) => axis !== 2);
    const half = data.length / 2;
    const swapped = Float32Array.of(...data.subarray(half), ...data.subarray(0, half));
    const [a, b] = [input('a', own), input('b', own)];
    const program = await compile(
      { video: network.embed('vision', [a, b]), twice: network.embed('vision', [a, a]), once: network.embed('vision', a) },
      { frozen: values },
    );
    const out = (await program.run({ a: hostTensor('float32', own, data), b: hostTensor('float32', own, swapped) })) as Record<
      string,
      HostTensor<'float32'>
    >;
    program.dispose();
    expect(distance(out.video?.data ?? [], g.floats('video.vectors').data)).toBeLessThan(BAR);
    expect(distance(out.twice?.data ?? [], out.once?.data ?? [])).toBeLessThan(1e-5);
  });

  it('hears the filter banks of Kaldi in cuts of a sound, at any rate and length', () => {
    const { audio_num_mel_bins: mels, audio_target_len: frames } = loaded.network.config;
    const sounds = new ImageBindSounds({ mels, frames });
    const cuts = facts.sounds.flatMap(([length, seed]) => sounds.cuts({ sampleRate: 16_000, samples: noiseSound(length, seed) }));
    const all = Float32Array.from(cuts.flatMap(({ data }) => [...data]));
    expect(distance(all, g.floats('audio.inputs').data)).toBeLessThan(1e-3);
    const long = sounds.cuts({ sampleRate: 16_000, samples: noiseSound(40_000, 3) });
    const ends = sounds.cuts({ sampleRate: 16_000, samples: noiseSound(40_000, 3).slice(8000) });
    expect(long[2]?.data).toEqual(ends[0]?.data);
    expect(() => sounds.cuts({ sampleRate: 16_000, samples: new Float32Array(300) })).toThrow(/too short.*25 ms/);
  });

  it('embeds every modality into one space from files as they come, and any finds any', async () => {
    const unit = (vectors: Float32Array, n: number): Float32Array[] =>
      Array.from({ length: n }, (_, i) => {
        const row = vectors.slice((i * vectors.length) / n, ((i + 1) * vectors.length) / n);
        const length = Math.hypot(...row);
        return row.map((v) => v / length);
      });
    const same = (got: readonly Float32Array[], want: readonly Float32Array[]): void => {
      for (const [i, vector] of want.entries()) expect(distance(got[i] ?? [], vector)).toBeLessThan(BAR);
    };
    expect(embedder.modalities).toEqual(['audio', 'depth', 'thermal', 'imu']);
    const images = await embedder.images(facts.pictures.map((picture) => noise(...picture)));
    same(images.vectors, unit(g.floats('vision.vectors').data, 2));
    const texts = await embedder.texts(facts.texts);
    same(texts.vectors, unit(g.floats('text.vectors').data, 2));
    const sounds = await embedder.sounds(facts.sounds.map(([length, seed]) => ({ sampleRate: 16_000, samples: noiseSound(length, seed) })));
    same(sounds.vectors, unit(g.floats('audio.means').data, 2));
    for (const modality of ['depth', 'thermal', 'imu'] as const) {
      const shape = embedder.shapeOf(modality);
      const { data } = g.floats(`${modality}.inputs`);
      const half = data.length / 2;
      const given = [0, 1].map((i) => hostTensor('float32', shape, data.slice(i * half, (i + 1) * half)));
      const { vectors } = await embedder.others(modality, given);
      same(vectors, unit(g.floats(`${modality}.vectors`).data, 2));
      // One after the other as together.
      for (const [i, one] of given.entries())
        expect(distance((await embedder.others(modality, [one])).vectors[0] ?? [], vectors[i] ?? [])).toBeLessThan(1e-5);
    }
    // Retrieval from sounds to pictures, by the cosines of the published vectors.
    const [found] = nearestTo(sounds.vectors.slice(0, 1), images.vectors);
    const cosine = (i: number): number =>
      (images.vectors[i] as Float32Array).reduce((sum, v, k) => sum + v * (sounds.vectors[0]?.[k] ?? 0), 0);
    expect(found?.map(({ index }) => index)).toEqual(cosine(0) >= cosine(1) ? [0, 1] : [1, 0]);
    expect(found?.[0]?.similarity).toBeCloseTo(Math.max(cosine(0), cosine(1)), 6);
    expect(nearestTo(images.vectors, [...sounds.vectors, ...images.vectors], 1).map(([best]) => best?.index)).toEqual([2, 3]);
  });

  it('names a modality or a shape that it does not take', async () => {
    await expect(embedder.others('smell', [])).rejects.toMatchObject({ code: 'serve.embeddings' });
    await expect(embedder.others('depth', [hostTensor('float32', [1, 3, 3])])).rejects.toThrow(/another shape.*\[1, 28, 28\].*\[1, 3, 3\]/);
    const { config } = loaded.network;
    const wrong = (more: object) => () => readFamily({ ...config, ...more } as never);
    expect(wrong({ audio_num_heads: 3 })).toThrow(/audio_num_heads.*divisor of audio_embed_dim \(16\)/);
    expect(wrong({ modalities: ['smell'] })).toThrow(/modalities/);
    expect(wrong({ imu_kernel_size: 99 })).toThrow(/imu_kernel_size.*at most imu_length/);
    const dir = await folderWith({ modalities: ['text', 'audio', 'depth', 'thermal', 'imu'] });
    await expect(ClipEmbedder.load(dir)).rejects.toThrow();
    await rm(dir, { recursive: true });
  });

  it('has the parameters of the published model', () => {
    const { family, config } = readFamily({ model_type: 'imagebind' });
    const count = family
      .build(config)
      .parameters()
      .reduce((sum, p) => sum + p.dims.reduce((a, b) => a * b, 1), 0);
    expect(Math.round(count / 1e6)).toBe(1201);
  });
});
