// What world-clip can do without any training for it: zero-shot categories on single-object scenes, and image-text retrieval.

import { type Proportion, retrieval, zeroShot } from '../../src/evaluate/index.js';
import { input, type Parameter } from '../../src/graph/index.js';
import type { ClipImageProcessor } from '../../src/media/index.js';
import type { Clip } from '../../src/networks/index.js';
import { compile } from '../../src/runtime/compile.js';
import type { Tokenizer } from '../../src/text/index.js';
import { CATEGORY_PROMPTS } from '../../src/train/dense-world.js';
import { clipTextBatch } from '../../src/train/objectives/contrastive.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { loadSprites, renderScene, type Scene, type Split, world } from '../../src/world/index.js';

export interface ClipMeasures {
  /** Zero-shot top-1 over the categories on single-object scenes, by split. */
  zeroShot: Record<string, Proportion>;
  /** R@1 over 500 scenes with their captions. */
  retrieval: { imageToText: Proportion; textToImage: Proportion; n: number };
}

/** Measures a trained CLIP over the scene world. */
export async function measureClip(
  clip: Clip,
  state: { value(p: Parameter): HostTensor },
  tokenizer: Tokenizer,
  processor: ClipImageProcessor,
  n = 500,
): Promise<ClipMeasures> {
  const frozen = new Map(clip.parameters().map((p) => [p, state.value(p)]));
  const { image_size: size } = clip.config.vision_config;
  const { max_position_embeddings: length, eos_token_id: end } = clip.config.text_config;
  const sprites = await loadSprites();
  const images = await compile({ image: clip.embedImages(input('pixels', [50, 3, size, size])).image }, { frozen });

  const embedImages = async (scenes: readonly Scene[]): Promise<{ data: Float32Array; width: number }> => {
    const out: number[] = [];
    for (let i = 0; i < scenes.length; i += 50) {
      const pixels = hostTensor('float32', [50, 3, size, size]);
      for (const [k, s] of scenes.slice(i, i + 50).entries())
        processor.processInto({ width: size, height: size, data: renderScene(s, sprites) }, pixels.data, k * 3 * size * size);
      const { image } = await images.run({ pixels });
      out.push(...(image as HostTensor<'float32'>).data.subarray(0, Math.min(50, scenes.length - i) * clip.config.projection_dim));
    }
    return { data: Float32Array.from(out), width: clip.config.projection_dim };
  };
  const embedTexts = async (texts: readonly string[]): Promise<{ data: Float32Array; width: number }> => {
    const batch = clipTextBatch(tokenizer, texts, length, end);
    const program = await compile(
      { text: clip.embedTexts(input('ids', [texts.length, length], 'int32'), input('ends', [texts.length], 'int32')) },
      { frozen },
    );
    const { text } = await program.run(batch);
    program.dispose();
    return { data: (text as HostTensor<'float32'>).data, width: clip.config.projection_dim };
  };

  const prompts = await embedTexts(CATEGORY_PROMPTS);
  const shots: Record<string, Proportion> = {};
  for (const split of ['test', 'test-style', 'test-tints', 'test-backgrounds'] as Split[]) {
    const source = world.singles({ scenes: n, split, seed: 11 });
    const samples = Array.from({ length: n }, (_, i) => source.get(i));
    shots[split] = zeroShot(
      await embedImages(samples.map((s) => s.scene)),
      prompts,
      samples.map((s) => s.category),
    ).top1;
  }
  const source = world.captions({ scenes: n, split: 'test', seed: 12, detail: 'short' });
  const pairs = Array.from({ length: n }, (_, i) => source.get(i));
  const recall = retrieval(await embedImages(pairs.map((p) => p.scene)), await embedTexts(pairs.map((p) => p.text)));
  images.dispose();
  return { zeroShot: shots, retrieval: { imageToText: recall.imageToText.r1, textToImage: recall.textToImage.r1, n } };
}
