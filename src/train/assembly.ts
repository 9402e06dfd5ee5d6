// What a multimodal recipe trains: the joined network with its tokenizer, chat template and image processor, as one training state.

import type { Parameter } from '../graph/index.js';
import { ClipImageProcessor } from '../media/index.js';
import { Clip, clipConfig, type MllmNetwork, type mllm } from '../models/index.js';
import { ChatTemplate, DEFAULT_TEMPLATE, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { loadWeights, partNames, readMatched, renameSource, saveFolder, selectSource } from '../weights/index.js';
import { ModelState } from './state.js';

export type MllmSpec = ReturnType<typeof mllm>;

export interface AssemblyParts {
  network: MllmNetwork;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  processor: ClipImageProcessor;
  /** CLIP around the network's own vision tower, for contrastive stages. */
  clip: Clip;
}

/** Folders to take trained parts from, instead of fresh ones. */
export interface PartFolders {
  /** A CLIPModel folder: its vision tower. */
  vision?: string;
  /** A LlamaForCausalLM folder. */
  language?: string;
  /** A whole LLaVA folder. */
  all?: string;
}

/** A training state that knows the model around its parameters. */
export class MllmState extends ModelState {
  constructor(
    readonly parts: AssemblyParts,
    options: { seed: number; values?: Readonly<Record<string, HostTensor>> },
  ) {
    super([...parts.network.parameters(), ...parts.clip.parameters()], options);
  }

  /** Writes the model as a Hugging Face folder. `extra` holds more files by name. */
  async save(dir: string, extra: Record<string, string | Uint8Array> = {}): Promise<void> {
    const { network, tokenizer, template, processor } = this.parts;
    await saveFolder(dir, {
      config: network.config,
      weights: Object.fromEntries(network.parameters().map((p) => [p.name, this.value(p)])),
      tokenizer: tokenizer.json as unknown as Record<string, unknown>,
      tokenizerConfig: tokenizer.config,
      preprocessor: processor.toJSON(),
      chatTemplate: template.source,
      extra,
    });
  }

  /** Values of the joined network, for generation. */
  networkValues(): Map<Parameter, HostTensor> {
    return new Map(this.parts.network.parameters().map((p) => [p, this.value(p)]));
  }
}

/** The state of a stage's recipe, when the recipe's model is an `mllm(…)`. */
export function mllmState(state: ModelState, stage: string): MllmState {
  if (state instanceof MllmState) return state;
  throw new SensoriumError('train.recipe', `the stage '${stage}' needs a multimodal model`, {
    expected: 'defineRecipe({ model: mllm({…}), … })',
  });
}

/** Builds the network of `spec` and fills it, from folders where they are given; the language part's tokenizer comes with it. */
export async function assemble(
  spec: MllmSpec,
  o: { seed: number; tokenizer: () => Tokenizer; from?: PartFolders; template?: string },
): Promise<MllmState> {
  const { from = {} } = o;
  const taken = from.all ?? from.language;
  const tokenizer = taken ? await Tokenizer.fromFolder(taken) : o.tokenizer();
  const imageTokenId = tokenizer.specialIds.image;
  if (imageTokenId === undefined)
    throw new SensoriumError('train.tokenizer', 'the tokenizer has no image token', { place: tokenizer.place, expected: '<image>' });
  const network = spec.build({ vocabSize: tokenizer.vocabSize, imageTokenId });
  const clip = clipAround(network, tokenizer);
  const size = network.config.vision_config.image_size;
  const processor = ClipImageProcessor.fromConfig({ size: { shortest_edge: size }, crop_size: { height: size, width: size } });
  const template = new ChatTemplate(o.template ?? DEFAULT_TEMPLATE, {
    specialTokens: tokenizer.specialTokens.keys(),
    eosToken: tokenizer.specialIds.eos === undefined ? undefined : tokenizer.token(tokenizer.specialIds.eos),
  });
  const values = await partValues(network, from);
  return new MllmState({ network, tokenizer, template, processor, clip }, { seed: o.seed, values });
}

/** A CLIP that shares the network's vision tower; its text tower is small and only serves training. */
function clipAround(network: MllmNetwork, tokenizer: Tokenizer): Clip {
  const v = network.config.vision_config;
  const width = Math.max(32, Math.floor(v.hidden_size / 2));
  const clip = new Clip(
    clipConfig.parse({
      model_type: v.stem_channels ? 'sensorium_clip' : 'clip',
      projection_dim: v.hidden_size,
      vision_config: v,
      text_config: {
        vocab_size: tokenizer.vocabSize,
        hidden_size: width,
        intermediate_size: 4 * width,
        num_hidden_layers: 2,
        num_attention_heads: Math.max(1, Math.round(width / 32)),
        max_position_embeddings: 28,
        eos_token_id: tokenizer.specialIds.eos ?? 1,
      },
    }),
  );
  clip.vision_model = network.vision;
  return clip.nameParameters('clip');
}

async function partValues(network: MllmNetwork, from: PartFolders): Promise<Record<string, HostTensor>> {
  const values: Record<string, HostTensor> = {};
  const take = async (dir: string, parameters: readonly Parameter[], prefix: string, within: string): Promise<void> => {
    const source = renameSource(
      selectSource(await loadWeights(dir), (name) => name.startsWith(within)),
      partNames(prefix),
    );
    const expected = parameters.map((p) => ({ name: p.name, shape: p.dims }));
    Object.assign(values, await readMatched(expected, source, { place: dir }));
  };
  if (from.all) await take(from.all, network.parameters(), '', '');
  if (from.vision) await take(from.vision, network.vision.parameters(), 'vision_tower', 'vision_model.');
  if (from.language) await take(from.language, network.language_model.parameters(), 'language_model', '');
  return values;
}
