// adapter_config.json as peft writes it: read with all that changes what an adapter computes, and written with every key that peft has.
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { ADAPTER_FILES } from '../util/model-files.js';
import { show } from '../util/show.js';
export { ADAPTER_FILES };
const names = z.union([z.string(), z.array(z.string())]);
const positive = z.number().positive();
const loraConfig = z.object({
    peft_type: z.literal('LORA'),
    base_model_name_or_path: z.string().nullish(),
    revision: z.string().nullish(),
    r: z.number().int().positive(),
    lora_alpha: positive.default(8),
    lora_dropout: z.number().min(0).max(1).default(0),
    use_rslora: z.boolean().nullish(),
    use_dora: z.boolean().nullish(),
    rank_pattern: z.record(z.string(), z.number().int().positive()).nullish(),
    alpha_pattern: z.record(z.string(), positive).nullish(),
    target_modules: names.nullish(),
    modules_to_save: z.array(z.string()).nullish(),
});
/** Settings under which an adapter computes something else, or its base is not the model as published. */
const UNSUPPORTED = {
    lora_bias: 'biases on B',
    layer_replication: 'layers that are used several times',
    alora_invocation_tokens: 'adapters that begin at certain tokens (aLoRA)',
    target_parameters: 'adapters on stacks of experts',
    trainable_token_indices: 'trained rows of the embedding',
    use_qalora: 'QALoRA',
    use_bdlora: 'block-diagonal LoRA',
    arrow_config: 'Arrow',
    kasa_config: 'KaSA',
    monteclora_config: 'MonteCLoRA',
};
/** Ways to begin that change the weights of the base. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;
const isSet = (value) => value !== undefined && value !== null && value !== false && !(typeof value === 'object' && Object.keys(value).length === 0);
/**
 * Reads adapter_config.json of a folder. Errors: `util.missing`, `util.json`; `adapter.type` for another method than LoRA, by name;
 * `adapter.unsupported` for a setting that is not supported; `model.config` for a wrong value.
 */
export async function readPeftConfig(dir) {
    const place = join(dir, ADAPTER_FILES.config);
    const raw = await readJson(place);
    if (typeof raw === 'object' && raw !== null && raw.peft_type !== 'LORA')
        throw new SensoriumError('adapter.type', 'adapters of this kind are not supported', {
            place: `${place}: peft_type`,
            expected: 'LORA (with or without DoRA and rsLoRA)',
            got: show(raw.peft_type),
            hint: 'Merge it into its base with peft (merge_and_unload), where it can be, and load the result',
        });
    const config = parseConfig(loraConfig, raw, place);
    const refuse = (key, got, what) => {
        throw new SensoriumError('adapter.unsupported', `this adapter uses ${what}, which is not supported`, {
            place: `${place}: ${key}`,
            got: show(got),
            hint: 'Merge it into its base with peft (merge_and_unload) and load the result',
        });
    };
    for (const [key, what] of Object.entries(UNSUPPORTED))
        if (isSet(raw[key]))
            refuse(key, raw[key], what);
    const start = raw.init_lora_weights;
    if (typeof start === 'string' && CHANGES_BASE.test(start))
        refuse('init_lora_weights', start, 'a start that changes the weights of its base');
    return config;
}
/** adapter_config.json for an adapter of ours. */
export function peftConfig(spec, o) {
    return {
        alpha_pattern: o.alphas,
        auto_mapping: null,
        base_model_name_or_path: o.base ?? null,
        bias: 'none',
        exclude_modules: null,
        fan_in_fan_out: false,
        inference_mode: true,
        init_lora_weights: true,
        layer_replication: null,
        layers_pattern: null,
        layers_to_transform: null,
        loftq_config: {},
        lora_alpha: spec.alpha,
        lora_bias: false,
        lora_dropout: spec.dropout,
        megatron_config: null,
        megatron_core: 'megatron.core',
        modules_to_save: o.saved.length > 0 ? o.saved : null,
        peft_type: 'LORA',
        r: spec.rank,
        rank_pattern: o.ranks,
        revision: null,
        target_modules: o.targets,
        task_type: o.taskType,
        use_dora: spec.dora,
        use_rslora: spec.rslora,
    };
}
//# sourceMappingURL=peft-config.js.map