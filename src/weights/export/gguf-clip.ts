// The image side of a LLaVA as llama.cpp has it: an "mmproj" file with the CLIP tower up to the layer that is used, and the projector.

import { join } from 'node:path';
import { type ClipVision, ClipVision as ClipVisionClass, LlavaNetwork, MllmNetwork, MlpConnector } from '../../models/index.js';
import { FILES } from '../folder.js';
import type { GgufTensor, GgufValue } from './gguf-file.js';
import { FILE_TYPE } from './gguf-language.js';
import { type ExportSource, optionalJson, unsupported } from './source.js';

const OTHERWISE = 'For transformers.js any LLaVA 1.5 can be exported, since its graphs are complete: --to transformers-js';
const WANTED = 'a LLaVA 1.5 of a CLIP tower and a projector of one or two layers';

/** Metadata and tensors of the mmproj file. Errors: `weights.export` for towers and connectors that llama.cpp has no form for. */
export async function ggufClip(
  source: ExportSource,
  weights: 'f32' | 'f16',
): Promise<{ metadata: Record<string, GgufValue>; tensors: GgufTensor[] }> {
  const { network, dir } = source;
  const { tower, layer, connector } = partsOf(source);
  const { config } = tower;
  const act = config.hidden_act;
  if (act !== 'quick_gelu' && act !== 'gelu' && act !== 'silu') throw unsupported(dir, 'quick_gelu, gelu or silu in the tower', act);
  const { mean, std } = await normalisation(dir);
  const used = (name: string): boolean =>
    name.startsWith('multi_modal_projector.') ||
    (name.startsWith('vision_tower.') && !name.includes('post_layernorm') && Number(/layers\.(\d+)\./.exec(name)?.[1] ?? -1) < layer);
  return {
    metadata: {
      'general.architecture': 'clip',
      'general.file_type': FILE_TYPE[weights],
      'clip.has_text_encoder': false,
      'clip.has_vision_encoder': true,
      'clip.has_llava_projector': true,
      'clip.projector_type': 'mlp',
      'clip.use_gelu': act === 'gelu',
      'clip.use_silu': act === 'silu',
      'clip.vision.image_size': config.image_size,
      'clip.vision.patch_size': config.patch_size,
      'clip.vision.embedding_length': config.hidden_size,
      'clip.vision.feed_forward_length': config.intermediate_size,
      'clip.vision.projection_dim': config.projection_dim ?? connector.linear_1.outputs,
      'clip.vision.block_count': layer,
      'clip.vision.feature_layer': { int32s: [layer] },
      'clip.vision.attention.head_count': config.num_attention_heads,
      'clip.vision.attention.layer_norm_epsilon': { float32: config.layer_norm_eps },
      'clip.vision.image_mean': { float32s: mean },
      'clip.vision.image_std': { float32s: std },
    },
    tensors: network
      .parameters()
      .filter((p) => used(p.name))
      .map((p) => ({
        name: clipName(p.name),
        shape: p.dims,
        type: weights === 'f16' && p.dims.length > 1 && !p.name.includes('position_embedding') ? 'F16' : 'F32',
        data: async () => (await source.read(p)).data,
      })),
  };
}

/** The tower, the number of the hidden state that is projected, and the projector. */
function partsOf({ network, config, dir }: ExportSource): { tower: ClipVision; layer: number; connector: MlpConnector } {
  const c = config as { vision_feature_layer: number | number[]; vision_feature_select_strategy: string; projector_hidden_act: string };
  if (!(network instanceof LlavaNetwork || network instanceof MllmNetwork) || 'image_newline' in network)
    throw unsupported(dir, WANTED, network.constructor.name, OTHERWISE);
  const { vision: tower, multi_modal_projector: connector } = network;
  const wrong = (got: string): never => {
    throw unsupported(dir, WANTED, got, OTHERWISE);
  };
  if (!(tower instanceof ClipVisionClass)) return wrong('another tower');
  if (tower.config.stem_channels) return wrong('a convolutional stem in place of patches');
  if (!(connector instanceof MlpConnector)) return wrong('another connector');
  if (connector.config.shuffle !== 1) return wrong('a connector that puts tokens together');
  if (!['gelu', 'gelu_pytorch_tanh'].includes(c.projector_hidden_act)) return wrong(`${c.projector_hidden_act} in the projector`);
  if (connector.config.bias === false) return wrong('a projector without biases');
  if (c.vision_feature_select_strategy !== 'default') return wrong('the class token among the features');
  const [layer, ...more] = [c.vision_feature_layer].flat() as [number, ...number[]];
  if (more.length > 0) return wrong('features of several layers');
  const number = layer < 0 ? tower.config.num_hidden_layers + 1 + layer : layer;
  return { tower, layer: number, connector };
}

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];

/** How pixels are normalised: preprocessor_config.json, or its place in processor_config.json; CLIP's numbers where neither says. */
async function normalisation(dir: string): Promise<{ mean: number[]; std: number[] }> {
  const processor = await optionalJson<{ image_processor?: Record<string, unknown> }>(dir, FILES.processor);
  const settings = (await optionalJson(dir, FILES.preprocessor)) ?? processor?.image_processor ?? {};
  const three = (key: string, otherwise: number[]): number[] => {
    const value = settings[key];
    if (value === undefined) return otherwise;
    if (Array.isArray(value) && value.length === 3 && value.every((v) => typeof v === 'number')) return value as number[];
    throw unsupported(join(dir, FILES.preprocessor), `three numbers as ${key}`, JSON.stringify(value).slice(0, 60));
  };
  return { mean: three('image_mean', CLIP_MEAN), std: three('image_std', CLIP_STD) };
}

const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^multi_modal_projector\.linear_1/, 'mm.0'],
  [/^multi_modal_projector\.linear_2/, 'mm.2'],
  [/^vision_tower\.vision_model\.encoder\.layers/, 'v.blk'],
  [/^vision_tower\.vision_model/, 'v'],
  [/embeddings\.class_embedding/, 'class_embd'],
  [/embeddings\.patch_embedding/, 'patch_embd'],
  [/embeddings\.position_embedding/, 'position_embd'],
  [/pre_layrnorm/, 'pre_ln'],
  [/layer_norm/, 'ln'],
  [/self_attn\.(\w+)_proj/, 'attn_$1'],
  [/mlp\.fc1/, 'ffn_up'],
  [/mlp\.fc2/, 'ffn_down'],
];

/** llama.cpp's name of a parameter. */
const clipName = (name: string): string => PARTS.reduce((n, [pattern, to]) => n.replace(pattern, to), name);
