// What a recipe of mllm(…) trains: the network joined with tokenizer, chat template and image processor to a model, as a training state.

import type { Parameter } from '../graph/index.js';
import type { ClipImageProcessor } from '../media/index.js';
import { buildModel } from '../model/index.js';
import {
  addAdapters,
  ClapTokens,
  Clip,
  clipConfig,
  EncoderMllm,
  type EncoderMllmConfig,
  MllmNetwork,
  type MllmSpec,
  parseConfig,
} from '../networks/index.js';
import { assertFits, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { loadNetwork, loadWeights, partNames, readConfig, readMatched, renameSource, selectSource } from '../weights/index.js';
import {
  clapPart,
  languagePart,
  type PartFolders,
  partGeneration,
  partProcessor,
  partTemplate,
  visionPart,
  wholeConfig,
} from './part-folders.js';
import { TrainedModel } from './trained-model.js';

export type { MllmSpec, PartFolders };

type Joined = MllmNetwork | EncoderMllm;

export interface AssembleOptions {
  seed: number;
  /** The tokenizer where no folder has one. */
  tokenizer: () => Tokenizer;
  /** Takes the place of the folder's tokenizer. */
  ownTokenizer?: Tokenizer;
  from?: PartFolders;
  /** Jinja source. Default: the folder's, else ours. */
  template?: string;
  /** Whether to make the CLIP around the vision tower, which contrastive stages train. Default true. */
  clip?: boolean;
}

/**
 * Builds the network of `spec` and fills it, from folders where they are given. With a folder comes what belongs to it: sizes that the
 * spec leaves out, tokenizer, chat template, image processor. Errors: `train.from` where spec and folder disagree, `text.*`, `weights.*`.
 */
export async function assemble(spec: MllmSpec, o: AssembleOptions): Promise<TrainedModel> {
  const { from = {} } = o;
  if (from.all && (from.vision || from.language))
    throw new SensoriumError('train.from', 'a whole model and parts of others cannot both be taken', {
      place: 'recipe.from',
      expected: 'all, or vision and language',
      got: Object.keys(from).join(', '),
    });
  for (const dir of Object.values(from)) if (dir) await readConfig(dir); // says which folder is not one, before a file in it is missed
  const words = from.all ?? from.language;
  const tokenizer = o.ownTokenizer ?? (words ? await Tokenizer.fromFolder(words) : o.tokenizer());
  const imageTokenId = tokenizer.specialIds.image;
  if (imageTokenId === undefined)
    throw new SensoriumError('train.tokenizer', 'the tokenizer has no image token', {
      place: tokenizer.place,
      expected: '<image>',
      hint: 'Add it to added_tokens of tokenizer.json as a special token, with an id below vocab_size of config.json',
    });
  const { network, images } = await joined(spec, from, { vocabSize: tokenizer.vocabSize, imageTokenId });
  assertFits(tokenizer, { vocabSize: network.config.text_config.vocab_size, imageTokenId: network.config.image_token_index });
  // A CLIP is made around the whole encoder, not around a part of one.
  const clip =
    o.clip === false || !images || network instanceof EncoderMllm
      ? undefined
      : { network: clipAround(network, tokenizer), processor: images };
  const template = await partTemplate(tokenizer, { dir: words, source: o.template });
  const generation = await partGeneration(words);
  const values = await partValues(network, from);
  const { adapters } = spec.parts;
  return new TrainedModel(buildModel({ network, values, tokenizer, template, images, generation, adapters }), { seed: o.seed, clip });
}

/** The network, and the image processor of a LLaVA: sizes of the spec, completed by and compared with those of the folders. */
async function joined(
  spec: MllmSpec,
  from: PartFolders,
  own: { vocabSize: number; imageTokenId: number },
): Promise<{ network: Joined; images: ClipImageProcessor | undefined }> {
  const network = await (async (): Promise<Joined> => {
    if (from.all) {
      const config = await wholeConfig(from.all, spec);
      const whole = 'encoder' in config ? new EncoderMllm(config as EncoderMllmConfig) : new MllmNetwork(config);
      addAdapters(whole, spec.parts.adapters ?? [], 'mllm: adapters');
      return whole.nameParameters();
    }
    const hears = from.vision !== undefined && spec.parts.vision.kind === 'clap';
    if (hears) await clapPart(from.vision as string, spec);
    const vision = from.vision && !hears ? await visionPart(from.vision, spec) : undefined;
    const language = from.language ? await languagePart(from.language, spec) : undefined;
    const images = vision && (await partProcessor(from.vision, vision.image_size)).toJSON();
    return spec.build({ ...own, vision, language, images });
  })();
  if (network instanceof EncoderMllm) return { network, images: undefined };
  return { network, images: await partProcessor(from.all ?? from.vision, network.config.vision_config.image_size) };
}

/** A CLIP that shares the network's vision tower; its text tower is small and only serves training. */
function clipAround(network: MllmNetwork, tokenizer: Tokenizer): Clip {
  const v = network.config.vision_config;
  const width = Math.max(32, Math.floor(v.hidden_size / 2));
  let heads = Math.max(1, Math.round(width / 32));
  while (width % heads !== 0) heads--;
  const clip = new Clip(
    parseConfig(
      clipConfig,
      {
        model_type: v.stem_channels ? 'sensorium_clip' : 'clip',
        projection_dim: v.hidden_size,
        vision_config: v,
        text_config: {
          vocab_size: tokenizer.vocabSize,
          hidden_size: width,
          intermediate_size: 4 * width,
          num_hidden_layers: 2,
          num_attention_heads: heads,
          max_position_embeddings: 28,
          eos_token_id: tokenizer.specialIds.eos ?? 1,
        },
      },
      'the text tower of a contrastive stage',
    ),
  );
  clip.vision_model = network.vision;
  return clip.nameParameters('clip');
}

/** Values from the folders, by parameter. */
async function partValues(network: Joined, from: PartFolders): Promise<Map<Parameter, HostTensor>> {
  const values: Record<string, HostTensor> = {};
  if (from.all) Object.assign(values, await networkValues(from.all, 'multimodal', ''));
  if (from.language) Object.assign(values, await networkValues(from.language, 'causal', 'language_model.'));
  const clip = network instanceof EncoderMllm ? network.clip : { path: 'vision_tower.vision_model', tower: network.vision };
  const tower = network instanceof EncoderMllm ? network.vision_tower : undefined;
  if (from.vision && tower instanceof ClapTokens) {
    const tensors = await networkValues(from.vision, 'encoder', 'vision_tower.');
    for (const [name, value] of Object.entries(tensors)) if (name.startsWith('vision_tower.audio_model.')) values[name] = value;
  } else if (from.vision && clip) {
    const source = renameSource(
      selectSource(await loadWeights(from.vision), (name) => name.startsWith('vision_model.')),
      partNames(clip.path.replace(/\.vision_model$/, '')),
    );
    const expected = clip.tower.parameters().map((p) => ({ name: p.name, shape: p.dims }));
    Object.assign(values, await readMatched(expected, source, { place: from.vision }));
  }
  const byName = new Map(network.parameters().map((p) => [p.name, p]));
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const p = byName.get(name);
      if (p) return [p, value];
      throw new SensoriumError('train.extra', 'a tensor belongs to no parameter of the model', { place: name });
    }),
  );
}

/** Values of a folder's network by our names. Errors: `train.from` for weights that are not floats. */
async function networkValues(dir: string, kind: 'multimodal' | 'causal' | 'encoder', prefix: string): Promise<Record<string, HostTensor>> {
  const { values } = await loadNetwork(dir, { kinds: [kind] });
  const out: Record<string, HostTensor> = {};
  for (const [parameter, value] of values) {
    if (value.dtype !== 'float32' || !(value.data instanceof Float32Array))
      throw new SensoriumError('train.from', 'quantized weights cannot be trained', {
        place: `${dir}: ${parameter.name}`,
        expected: 'float32, float16 or bfloat16',
        got: value.dtype,
        hint: 'Begin from the folder that was quantized',
      });
    out[`${prefix}${parameter.name}`] = value;
  }
  return out;
}
