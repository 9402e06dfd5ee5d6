// Multimodal-CoT (Zhang et al. 2023, arXiv:2302.00923): a T5 whose encoder states attend to image patches and are fused with them by a gate; a rationale is
// written first, and the answer with the rationale behind the question. Published: two T5s, one for each stage; here one does both, told by the words.
// Must show: on questions of several steps the two stages better than the direct answer of the same weights, outside the intervals, or where the
// chain breaks: the row with true rationales says what a right first stage would be worth, the row of a program what the eye alone can do.
//
//   sensorium train recipes/multimodal-cot.ts --out runs/multimodal-cot [seed=1]

import { proportion, type Responder, responderOf, runBenchmarks, type Score, worldMultiStep } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { buildMultimodalCot } from '../src/model/index.js';
import { chainsOf, grammarThinker, withChain } from '../src/reason/chains/index.js';
import { withRationale } from '../src/text/index.js';
import { defineRecipe, stage, TrainedModel } from '../src/train/index.js';
import { worldTokenizer } from '../src/train/world-tokenizer.js';
import { world } from '../src/world/index.js';
import { finishZoo, ofWorld, type ZooMeasure } from './parts/zoo.js';

/** Sizes of the T5: 2.1 M parameters with the world's vocabulary. */
const TEXT = {
  ...{ d_model: 128, d_kv: 32, d_ff: 384, num_layers: 3, num_decoder_layers: 3, num_heads: 4 },
  feed_forward_proj: 'gated-gelu' as const,
};

/** The rows of the benchmark in one way of answering, beside the mean image. */
async function measured(
  name: string,
  responder: Responder,
  rows: number,
  signal: AbortSignal,
): Promise<{ own: Score; blind?: Score; parts: Score[] }> {
  const benchmark = await ofWorld(worldMultiStep)();
  const [result] = await runBenchmarks({ responder, benchmarks: [benchmark], n: rows, signal });
  const { model = [], blind = [] } = result?.scores ?? {};
  const named = (score: Score): Score => ({ ...score, name: `${name}: ${score.name}` });
  return {
    own: named(model[0] as Score),
    ...(blind[0] ? { blind: named(blind[0]) } : {}),
    parts: model.slice(1).map(named),
  };
}

/** Two stages, direct, the program, and what stands between: how many rationales are right, and answers behind true ones. */
async function measure(model: Mllm, { signal }: { signal: AbortSignal }, rows: number): Promise<ZooMeasure> {
  const eye = await responderOf(model);
  try {
    const chained = (options: Parameters<typeof withChain>[1]): Responder => withChain(eye, options) as Responder;
    const two = await measured('two stages', chained({ chain: 'two-stage' }), rows, signal);
    const direct = await measured('direct', eye, rows, signal);
    const program = await measured('program', chained({ chain: 'ddcot', thinker: grammarThinker() }), rows, signal);
    const benchmark = (await ofWorld(worldMultiStep)()) as ReturnType<typeof worldMultiStep>;
    const asked = [];
    for await (const row of benchmark.rows({ n: rows, signal })) asked.push(row);
    const chains = await chainsOf(
      eye,
      asked.map(({ messages }) => messages),
      { chain: 'two-stage', signal },
    );
    const told = (i: number): string => (chains[i]?.steps ?? []).flatMap(({ kind, text }) => (kind === 'thought' ? [text] : [])).join(' ');
    const exact = asked.filter(({ rationale }, i) => told(i) === rationale).length;
    const behindTruth = await eye.replies(
      asked.map(({ messages, rationale }) =>
        messages.map((message) => ({
          ...message,
          content: (message.content as { type: string; text: string }[]).map((part) =>
            part.type === 'text' ? { ...part, text: withRationale(part.text, rationale) } : part,
          ) as typeof message.content,
        })),
      ),
      { maxTokens: 8, signal },
    );
    const rightBehind = asked.filter((row, i) => benchmark.right({ ...row, reply: behindTruth[i] as string })).length;
    const share = (name: string, k: number): Score => ({ name, ...proportion(k, asked.length), better: 'higher' });
    return {
      score: two.own,
      blind: two.blind,
      more: [
        direct.own,
        ...(direct.blind ? [{ ...direct.blind, name: `${direct.blind.name}, without the image` }] : []),
        program.own,
        ...(program.blind ? [{ ...program.blind, name: `${program.blind.name}, without the image` }] : []),
        share('rationales that are right, word for word', exact),
        share('answers behind the true rationale', rightBehind),
        ...two.parts,
        ...direct.parts,
        ...program.parts,
      ],
    };
  } finally {
    await eye.dispose();
  }
}

export const finish = finishZoo('multimodal-cot', {
  system: 'Multimodal-CoT',
  own: 'encoder states of a T5 that attend to image patches with one head, fused by a gate; a rationale first, then the answer behind it',
  paper: 'Zhang et al. 2023, arXiv:2302.00923',
  published: 'two FLAN-T5 of 223 or 738 M, ViT patches, ScienceQA, 20 epochs each',
  rows: 80,
  measure,
});

const common = { train: ['connector', 'language'], batch: 64, lr: 2e-3, betas: [0.9, 0.98], minRatio: 0.05, maxLength: 96 } as const;

export default defineRecipe({
  name: 'multimodal-cot',
  state: async ({ seed }) => {
    const built = { vision: 'models/world-clip', text: TEXT, tokenizer: worldTokenizer() };
    return new TrainedModel(await buildMultimodalCot(built), { seed });
  },
  describe: { text: TEXT, vision: 'models/world-clip' },
  stages: [
    // What single looks answer: a T5 from nothing has to learn words and looking first.
    stage.instruct({
      ...common,
      name: 'look',
      data: world.instructions({ scenes: 400_000, seed: 61, turns: 1, captions: 0.05 }),
      steps: 4000,
    }),
    // A third of the rows each: the rationale, the answer behind it, and the answer alone.
    stage.instruct({ ...common, name: 'reason', data: world.multiStep({ scenes: 400_000, seed: 62 }), steps: 4000, lr: 1e-3 }),
  ],
});
