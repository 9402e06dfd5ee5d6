// Study: the size of the language model, and Chinese that it was never taught to see in (LLaVA-NeXT: a larger model answers in Chinese without having been
// tuned on it). Language models of four widths read the same texts in both languages; then each learns to see from English alone and is asked in Chinese.
//   sensorium train recipes/studies/language-size.ts --sweep variant=w64,w96,w128,w160 seed=1,2,3 --out runs/studies/language-size
// The claim: what is answered in Chinese grows with the size. A language model is trained in the run that needs it, with a third of world-llama's steps.

import { join } from 'node:path';
import { llama, mllm, mlp } from '../../src/networks/index.js';
import { DEFAULT_TEMPLATE } from '../../src/text/index.js';
import { assemble, defineRecipe, runRecipe, type StateContext } from '../../src/train/index.js';
import { VOCABULARY, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { saveFolder } from '../../src/weights/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { languageRecipe } from '../parts/language.js';
import { worldClip } from '../parts/shipped.js';
import { align, instruct } from '../parts/stages.js';

const SHARE = 1 / 3;

/** A language model of a width, trained on texts in both languages, then joined with world-clip. */
function sized(width: number) {
  const sizes = { width, layers: 4, heads: width / 32, feedForward: 3 * width, positions: 256 };
  const state = async ({ seed, dir, signal }: StateContext) => {
    const network = llama({ ...sizes, vocabSize: VOCABULARY })
      .build()
      .nameParameters();
    const folder = join(dir, 'language');
    const { state: read } = await runRecipe(
      { ...languageRecipe(`language-${width}`, network, SHARE), seed },
      { dir: folder, resume: true, signal },
    );
    const { json, config } = worldTokenizer();
    await saveFolder(join(folder, 'model'), {
      config: network.config,
      weights: Object.fromEntries(network.parameters().map((p) => [p.name, read.value(p)])),
      tokenizer: json as unknown as Record<string, unknown>,
      tokenizerConfig: config,
      chatTemplate: DEFAULT_TEMPLATE,
    });
    const spec = mllm({ vision: worldClip(), connector: mlp({ depth: 2 }), language: llama(sizes) });
    return assemble(spec, {
      seed,
      from: { vision: 'models/world-clip', language: join(folder, 'model') },
      clip: false,
      tokenizer: worldTokenizer,
    });
  };
  return { state, stages: [align(['connector'], 150), instruct(['connector', 'language'], 600)] };
}

const variants = { w64: sized(64), w96: sized(96), w128: sized(128), w160: sized(160) };
const WIDTHS = ['w64', 'w96', 'w128', 'w160'] as const;

export const finishSweep = claimed('language-size', {
  claim: 'A larger language model answers better in a language that it was not taught to see in (LLaVA-NeXT with 34B)',
  experiment:
    'language models of four widths read texts in English and Chinese, learned to see from English conversations alone, and were asked in Chinese',
  checks: WIDTHS.slice(1).map((width, i) => ({
    says: `${width} against ${WIDTHS[i]}, in Chinese`,
    of: { variant: width, metrics: QUESTIONS },
    than: { variant: WIDTHS[i] as string, metrics: QUESTIONS },
    rule: 'above' as const,
    margin: 0,
  })),
});

export const finish = measured('language-size', { benches: ['vqa'], over: { split: 'test', language: 'zh' } });

export default defineRecipe({ name: 'study-language-size', ...variants.w128, variants });
