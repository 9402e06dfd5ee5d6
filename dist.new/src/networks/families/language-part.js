// A language model as a part of another: the `text_config` of a multimodal config, which names its family by model_type.
import { partConfig } from '../parse-config.js';
import { Llama, llamaConfig } from './llama/network.js';
import { Mistral, mistralConfig } from './mistral/network.js';
import { Mixtral, mixtralConfig } from './mixtral/network.js';
import { Opt, optConfig } from './opt/network.js';
import { Qwen2, Qwen3, qwen2Config, qwen3Config } from './qwen/network.js';
const part = (config, build) => ({
    config,
    build: (c) => build(c),
});
const parts = {
    llama: part(llamaConfig, (c) => new Llama(c)),
    mistral: part(mistralConfig, (c) => new Mistral(c)),
    qwen2: part(qwen2Config, (c) => new Qwen2(c)),
    qwen3: part(qwen3Config, (c) => new Qwen3(c)),
    mixtral: part(mixtralConfig, (c) => new Mixtral(c)),
    opt: part(optConfig, (c) => new Opt(c)),
};
/** The schemas of all decoder-only families, by model_type. */
export const languageSchemas = Object.fromEntries(Object.entries(parts).map(([type, { config }]) => [type, config]));
/** The `text_config` of a family: a decoder of `type` where it does not say; see `partConfig`. */
export const partOf = (type, whole = {}) => partConfig(languageSchemas, type, whole);
/** The config of any decoder-only family; a LLaMA where it does not say (as in LLaVA 1.5). */
export const languageConfig = partConfig(languageSchemas, 'llama');
/** The network of a config that `languageConfig` read. */
export function buildLanguage(config) {
    return parts[config.model_type].build(config);
}
//# sourceMappingURL=language-part.js.map