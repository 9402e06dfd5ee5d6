// A language model as a part of another: the `text_config` of a multimodal config, which names its family by model_type.

import type { z } from 'zod';
import type { Raw } from '../../util/records.js';
import type { DecoderConfig } from '../language/config.js';
import type { CausalDecoder } from '../language/decoder.js';
import { partConfig } from '../parse-config.js';
import { Gemma, Gemma2, gemma2Config, gemmaConfig } from './gemma/network.js';
import { Gemma3Text, gemma3TextConfig } from './gemma3/network.js';
import { Lfm2, lfm2Config } from './lfm2/network.js';
import { Llama, llamaConfig } from './llama/network.js';
import { Mistral, mistralConfig } from './mistral/network.js';
import { Mixtral, mixtralConfig } from './mixtral/network.js';
import { Opt, optConfig } from './opt/network.js';
import { Qwen2, Qwen3, qwen2Config, qwen3Config } from './qwen/network.js';

/** A decoder-only family: its schema and its network. */
interface LanguagePart {
  config: z.ZodType<DecoderConfig>;
  build(config: DecoderConfig): CausalDecoder;
}
const part = <C extends DecoderConfig>(config: z.ZodType<C>, build: (c: C) => CausalDecoder): LanguagePart => ({
  config,
  build: (c) => build(c as C),
});
const parts: Readonly<Record<string, LanguagePart>> = {
  llama: part(llamaConfig, (c) => new Llama(c)),
  mistral: part(mistralConfig, (c) => new Mistral(c)),
  qwen2: part(qwen2Config, (c) => new Qwen2(c)),
  qwen3: part(qwen3Config, (c) => new Qwen3(c)),
  mixtral: part(mixtralConfig, (c) => new Mixtral(c)),
  opt: part(optConfig, (c) => new Opt(c)),
  lfm2: part(lfm2Config, (c) => new Lfm2(c)),
  gemma: part(gemmaConfig, (c) => new Gemma(c)),
  gemma2: part(gemma2Config, (c) => new Gemma2(c)),
  gemma3_text: part(gemma3TextConfig, (c) => new Gemma3Text(c)),
};

/** The schemas of all decoder-only families, by model_type. */
export const languageSchemas: Readonly<Record<string, z.ZodType<DecoderConfig>>> = Object.fromEntries(
  Object.entries(parts).map(([type, { config }]) => [type, config]),
);

/** The `text_config` of a family: a decoder of `type` where it does not say; see `partConfig`. */
export const partOf = (type: string, whole: Raw = {}) => partConfig(languageSchemas, type, whole);

/** The config of any decoder-only family; a LLaMA where it does not say (as in LLaVA 1.5). */
export const languageConfig = partConfig(languageSchemas, 'llama');

/** The network of a config that `languageConfig` read. */
export function buildLanguage(config: DecoderConfig): CausalDecoder {
  return (parts[config.model_type] as LanguagePart).build(config);
}
