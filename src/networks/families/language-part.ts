// A language model as a part of another: the `text_config` of a multimodal config, which names its family by model_type.

import { z } from 'zod';
import type { DecoderConfig } from '../language/config.js';
import type { CausalDecoder } from '../language/decoder.js';
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
};

/** The config of any decoder-only family; a LLaMA where it does not say (as in LLaVA 1.5). Issues carry the paths of that family's schema. */
export const languageConfig = z.unknown().transform((raw, context): DecoderConfig => {
  const type = (raw as { model_type?: unknown } | null | undefined)?.model_type ?? 'llama';
  const found = typeof type === 'string' && Object.hasOwn(parts, type) ? parts[type] : undefined;
  if (!found) {
    context.issues.push({ code: 'invalid_value', values: Object.keys(parts), path: ['model_type'], input: type });
    return z.NEVER;
  }
  const read = found.config.safeParse(raw, { reportInput: true });
  if (read.success) return read.data;
  for (const issue of read.error.issues) context.issues.push({ ...issue, input: issue.input } as z.core.$ZodRawIssue);
  return z.NEVER;
});

/**
 * The `text_config` of a family: a decoder of `model_type` where it does not say. What it leaves out are the defaults of its class, as in
 * transformers; `whole` is the language model of a config that has none at all.
 */
export const partOf = (model_type: string, whole: Readonly<Record<string, unknown>> = {}) =>
  z
    .unknown()
    .prefault(whole)
    .transform((raw) => (typeof (raw ?? whole) === 'object' ? { model_type, ...((raw ?? whole) as object) } : raw))
    .pipe(languageConfig);

/** The network of a config that `languageConfig` read. */
export function buildLanguage(config: DecoderConfig): CausalDecoder {
  return (parts[config.model_type] as LanguagePart).build(config);
}
