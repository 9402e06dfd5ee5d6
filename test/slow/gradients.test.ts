// Gradients of whole training graphs against finite differences, for every family: each part of the network, through images and packed rows.

import { expect, it } from 'vitest';
import { constant, crossEntropy, gather, gradOrNone, type Parameter, topological, weightedMean } from '../../src/graph/index.js';
import { VisionNetwork } from '../../src/networks/index.js';
import { compile, type Program } from '../../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';
import { type PackedBatch, packedBatch } from '../golden/packed.js';

/** Parameters of each part that are moved. */
const EACH = 4;
/** How far apart a slope and its difference quotient may be, relative to the larger: both losses are rounded to float32. */
const BAR = 0.02;

/** The loss of predicting the ids of all conversations. */
function lossOf({ sequences, places, length, rows, language, hidden }: PackedBatch) {
  const at: number[] = [];
  const next: number[] = [];
  const weights: number[] = [];
  for (const [s, { ids, weights: own }] of sequences.entries()) {
    const { row, start } = places[s] as (typeof places)[number];
    for (let t = 0; t + 1 < ids.length; t++) {
      at.push(row * length + start + t);
      next.push(ids[t + 1] as number);
      weights.push(own?.[t + 1] ?? 1);
    }
  }
  const vector = (values: number[]) => constant(hostTensor('int32', [values.length], Int32Array.from(values)));
  const asked = gather(hidden().reshape([rows * length, language.width]), vector(at));
  const each = crossEntropy(language.logits(asked), vector(next));
  return weightedMean(each, constant(hostTensor('float32', [weights.length], Float32Array.from(weights))));
}

/** Runs with one parameter moved by `step` times a direction. */
async function moved(program: Program, feeds: Record<string, HostTensor>, p: Parameter, direction: Float32Array, step: number) {
  const { shape, data } = feeds[p.name] as HostTensor<'float32'>;
  const value = hostTensor(
    'float32',
    shape,
    data.map((v, i) => v + step * (direction[i] as number)),
  );
  const { loss } = await program.run({ ...feeds, [p.name]: value });
  return (loss as HostTensor<'float32'>).data[0] as number;
}

/** A unit direction, half along the gradient and half at random: a wrong gradient shows whichever way it is wrong. */
function directionFor(gradient: Float32Array, rng: Rng): Float32Array {
  const unit = (x: Float32Array): Float32Array => {
    const norm = Math.hypot(...x) || 1;
    return x.map((v) => v / norm);
  };
  const along = unit(gradient);
  const random = unit(gradient.map(() => rng.normal()));
  return unit(along.map((v, i) => v + (random[i] as number)));
}

const NAMES = [
  ...[
    'llama/untied',
    'qwen2/tied',
    'qwen3/tied-bf16',
    'smollm3/tied-bf16',
    'mixtral/five-experts',
    'opt/tied',
    'windows/mistral',
    't5/flan',
    't5/first-bf16',
  ],
  ...[
    'fuyu/untied',
    'idefics2/split',
    'idefics3/tiles',
    'internvl/qwen2',
    'pixtral/mistral',
    'gemma3-vl/tied',
    'paligemma/gemma2',
    'gemma/two',
    'lfm2/untied',
    'lfm2-vl/tied',
    'kosmos2/tied',
    'llava/clip',
    'llava/siglip',
    'llava-next/clip-mistral',
  ],
  ...['llava-onevision/siglip-qwen2', 'qwen2-5-vl/tied', 'qwen2-vl/untied', 'blip-2/opt', 'blip-2/t5-every-second'],
  ...['instructblip/vicuna', 'instructblip/t5'],
];

it.each(NAMES)('%s', async (name) => {
  const batch = await packedBatch(name);
  const { network, values } = batch.model;
  const unused = new Set(network instanceof VisionNetwork ? network.unused() : []);
  const trained = network.parameters().filter((p) => !unused.has(p));
  const loss = lossOf(batch);
  const gradients = gradOrNone(loss, trained);
  expect(trained.filter((_, i) => gradients[i] === undefined).map((p) => p.name)).toEqual([]);
  const leaves = new Set(topological([loss]).leaves);
  expect([...unused].filter((p) => leaves.has(p)).map((p) => p.name)).toEqual([]);

  const whole = await compile({
    loss,
    ...Object.fromEntries(gradients.map((g, i) => [`grad.${(trained[i] as Parameter).name}`, g as NonNullable<typeof g>])),
  });
  const forward = await compile({ loss });
  const feeds: Record<string, HostTensor> = { ...batch.feeds };
  for (const p of trained) feeds[p.name] = values.get(p) as HostTensor;
  const out = await whole.run(feeds);
  const gradient = (p: Parameter): Float32Array => (out[`grad.${p.name}`] as HostTensor<'float32'>).data;
  const rng = new Rng(7);
  const parts = network instanceof VisionNetwork || 'parts' in network ? (network as VisionNetwork).parts() : undefined;
  for (const [part, parameters] of Object.entries(parts ?? {})) {
    const live = (parameters as Parameter[]).filter((p) => !unused.has(p) && Math.hypot(...gradient(p)) > 1e-3);
    if (parameters.length > 0) expect(live.length, part).toBeGreaterThan(0);
    for (let i = 0; i < Math.min(EACH, live.length); i++) {
      const p = live.splice(rng.int(live.length), 1)[0] as Parameter;
      const g = gradient(p);
      const direction = directionFor(g, rng);
      const slope = g.reduce((sum, v, k) => sum + v * (direction[k] as number), 0);
      // Far enough for float32 to see it, near enough to be straight.
      const step = Math.min(0.05, 0.01 / Math.abs(slope));
      const [up, down] = [await moved(forward, feeds, p, direction, step), await moved(forward, feeds, p, direction, -step)];
      const quotient = (up - down) / (2 * step);
      expect(
        Math.abs(quotient - slope) / Math.max(Math.abs(quotient), Math.abs(slope)),
        `${p.name}: ${slope} against ${quotient}`,
      ).toBeLessThan(BAR);
    }
  }
  whole.dispose();
  forward.dispose();
});
