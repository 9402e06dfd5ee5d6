// A Multimodal-CoT of sizes of one's own around a trained vision tower: the same `Model` as one that was opened.

import type { Parameter } from '../graph/index.js';
import { imageProcessor } from '../media/index.js';
import { MultimodalCotProcessor } from '../networks/families/multimodal-cot/processor.js';
import { MultimodalCot, multimodalCotConfig, readFamily, type T5Config } from '../networks/index.js';
import { parseConfig } from '../networks/parse-config.js';
import { readProcessorConfigs } from '../networks/processor-files.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { identityNames, type JsonObject, loadNetwork } from '../weights/index.js';
import { generationOf } from './generation-config.js';
import type { Model } from './open-model.js';
import { Processor } from './processor.js';

/** What it is built from. */
export interface BuildCotOptions {
  /** Folder of a CLIP, whose tower sees, with the processor of its images. */
  vision: string;
  /** Sizes of the T5; the vocabulary is the tokenizer's. */
  text: Partial<Omit<T5Config, 'vocab_size'>>;
  tokenizer: Tokenizer;
}

/** A model with the values of its tower; the others are initialized where it is trained. Errors: `weights.*`, `train.tokenizer` for a tokenizer without an image token. */
export async function buildMultimodalCot({ vision, text, tokenizer }: BuildCotOptions): Promise<Model> {
  const { image, eos, pad = 0 } = tokenizer.specialIds;
  if (image === undefined)
    throw new SensoriumError('train.tokenizer', 'the tokenizer has no image token', { place: tokenizer.place, expected: '<image>' });
  const clip = await loadNetwork(vision, { kinds: ['encoder'] });
  const { vision_config } = clip.config as { vision_config: { model_type: string } };
  const raw = {
    model_type: 'sensorium_multimodal_cot',
    architectures: ['T5ForMultimodalGeneration'],
    vision_config,
    text_config: {
      model_type: 't5',
      ...text,
      vocab_size: tokenizer.vocabSize,
      pad_token_id: pad,
      decoder_start_token_id: pad,
      eos_token_id: eos ?? null,
    },
    image_token_index: image,
  };
  const config = parseConfig(multimodalCotConfig, raw, 'multimodal-cot');
  const network = new MultimodalCot(config);
  const byName = new Map(network.parameters().map((p) => [p.name, p]));
  const values = new Map<Parameter, HostTensor>();
  for (const [p, value] of clip.values) {
    const own = byName.get(`vision_tower.${p.name}`);
    if (own) values.set(own, value as HostTensor);
  }
  const parts = { tokenizer, patches: network.patches, imageSize: config.vision_config.image_size };
  const { image: preprocessor, place } = await readProcessorConfigs(vision);
  const media = new MultimodalCotProcessor(image, imageProcessor(preprocessor, place), parts);
  const endIds = eos === undefined ? [] : [eos];
  const generation: JsonObject = { decoder_start_token_id: pad, ...(eos === undefined ? {} : { eos_token_id: eos }), pad_token_id: pad };
  return {
    kind: 'seq2seq',
    dir: '',
    family: readFamily(raw).family,
    config,
    raw,
    network,
    values,
    names: identityNames,
    quantized: false,
    tokenizer,
    media,
    processor: new Processor({ dir: 'multimodal-cot', tokenizer, media, seq2seq: { startId: pad, endIds } }),
    generation: generationOf(tokenizer),
    adapters: [],
    files: {
      tokenizer: tokenizer.json as unknown as JsonObject,
      tokenizerConfig: tokenizer.config,
      preprocessor,
      generation,
    },
  };
}
