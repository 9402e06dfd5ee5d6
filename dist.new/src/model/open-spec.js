// `open('org/name')`: a trained model named in a recipe, opened when the run begins.
import { openModel } from './open-model.js';
/**
 * A folder in Hugging Face layout or a model of the hub, to be trained.
 * @example defineRecipe({ model: open('HuggingFaceTB/SmolVLM-256M-Instruct', { adapters: [lora({ rank: 16, targets: ['q_proj', 'v_proj'] })] }), stages })
 */
export function open(name, options = {}) {
    const { template, adapters = [], tokens = [], imageTokens } = options;
    const describe = {
        open: name,
        ...(template === undefined ? {} : { template }),
        ...(adapters.length > 0 ? { adapters } : {}),
        ...(tokens.length > 0 ? { tokens } : {}),
        ...(imageTokens ? { imageTokens } : {}),
    };
    return { kind: 'open', name, options, describe, open: (o) => openModel(name, { ...options, ...o }) };
}
//# sourceMappingURL=open-spec.js.map