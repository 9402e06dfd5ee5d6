// For a model that is not supported: what it is, and which supported model comes closest in kind and in size.
import { editDistance, nearest } from '../util/nearest.js';
import { isRecord } from '../util/records.js';
import { KINDS, KNOWN_MODELS, PUBLISHED } from './known-models.js';
/** Class endings and parts of configs that tell the kind of a model that no row knows. */
const ENDINGS = [
    [/Llava|For(ImageTextToText|VisualQuestionAnswering|Vision2Seq)$|VL(Chat)?(For|Model)|Vision.*ForCausalLM/, 'vision-language'],
    [/For(ImageClassification|ObjectDetection|ImageSegmentation|SemanticSegmentation|DepthEstimation|MaskedImageModeling)$/, 'vision'],
    [/For(MaskedLM|TokenClassification|SequenceClassification|QuestionAnswering|MultipleChoice)$/, 'text-encoder'],
    [/For(CTC|AudioClassification|SpeechSeq2Seq|TextToWaveform)$/, 'speech'],
    [/(ForCausalLM|LMHeadModel)$/, 'language'],
    [/(2DModel|Pipeline)$/, 'generator'],
];
/** Configs that are not of transformers, by a key that each of them has, and what to do instead. */
const OTHER_FORMATS = [
    ['peft_type', 'This is an adapter, not a model: merge it into its base model first (merge_and_unload in PEFT)'],
    ['model_cfg', "This is a config of open_clip: take the same model in the layout of transformers, a CLIPModel (hub: 'laion/CLIP-…')"],
    ['pretrained_cfg', "This is a config of timm: take a model in the layout of transformers (hub: 'facebook/convnext-…', 'openai/clip-…')"],
];
const VISION_KEYS = ['vision_config', 'visual', 'vision_tower', 'mm_vision_tower', 'img_processor', 'vision_encoder', 'vit_config'];
/** The closest to a config that no family reads, by its names; undefined where none is known. */
export function closestTo(config) {
    const types = [config.model_type, config._class_name].filter((t) => typeof t === 'string');
    const row = rowOf([...types, ...classesOf(config)]);
    return row && chosen(row[1], row[2], row[3] ?? KINDS[row[2]].nearest, config);
}
/** The same by the kind alone, which class endings and parts of the config tell. */
function closestByKind(config) {
    const seen = VISION_KEYS.some((key) => key in config);
    const kind = seen ? 'vision-language' : ENDINGS.find(([pattern]) => classesOf(config).some((c) => pattern.test(c)))?.[1];
    return kind && chosen('it', kind, KINDS[kind].nearest, config);
}
const classesOf = ({ architectures }) => Array.isArray(architectures) ? architectures.filter((a) => typeof a === 'string') : [];
/** The row for any of these names, each covered whole. */
export function rowOf(names) {
    return KNOWN_MODELS.find(([pattern]) => names.some((name) => new RegExp(`^(?:${pattern.source})$`).test(name)));
}
/**
 * A sentence for the hint of an error about the architecture: the nearest by kind and size where the model is known, by spelling where it is
 * not. `class` of a family by its model type; `spelled` are names that a misspelt one may mean.
 */
export function closestHint(config, { classOf, misspelt, spelled }) {
    const found = closestTo(config);
    if (found)
        return sentence(found, classOf);
    const format = OTHER_FORMATS.find(([key]) => key in config);
    if (format)
        return format[1];
    const near = misspelt === undefined ? undefined : nearest(misspelt, spelled);
    if (near !== undefined && misspelt !== undefined && isTypo(misspelt, near))
        return `The nearest is ${near}`;
    const kind = closestByKind(config);
    return kind && sentence(kind, classOf);
}
/** Whether a name can be another one misspelt, by what is before `For…`: the name of another make is better told as unknown. */
function isTypo(misspelt, near) {
    const [a, b] = [misspelt, near].map((name) => name.replace(/(For[A-Z]\w*|Model)$/, '').toLowerCase());
    return editDistance(a, b) <= Math.max(1, b.length / 4);
}
/**
 * The same for a part of a config (`text_config`, `vision_config`) of this model type, and the published sizes of the whole model over parts
 * that are supported; undefined where the part is not known.
 */
export function closestPartHint(modelType, whole) {
    const row = rowOf([modelType]);
    if (!row)
        return undefined;
    const [, name, kind, families = KINDS[kind].nearest] = row;
    const published = typeof whole === 'string' && Object.hasOwn(PUBLISHED, whole) ? PUBLISHED[whole] : undefined;
    const over = published ? `. ${published.name} over supported parts is published in ${published.sizes.map(billions).join(', ')}` : '';
    return sentence({ name, kind, families }, () => undefined) + over;
}
function sentence({ name, kind, families, size }, classOf) {
    const row = KNOWN_MODELS.find((r) => r[1] === name);
    const what = name === 'it' ? `This is a model that ${KINDS[kind].does}` : `${name.charAt(0).toUpperCase()}${name.slice(1)} ${KINDS[kind].does}`;
    const note = row?.[4] ? `. ${row[4]}` : '';
    const [first, ...others] = families;
    if (!first)
        return what + note;
    const known = PUBLISHED[first];
    const about = size === undefined ? '' : `; of about this size ${billions(size)}`;
    const also = others.slice(0, 2).map((o) => PUBLISHED[o]?.name);
    const then = also.length > 0 ? `. After it ${also.join(', ')}` : '';
    return `The nearest is ${classOf(first) ?? first} (${known.name}: ${known.sizes.map(billions).join(', ')}${about}). ${what}${note}${then}`;
}
const billions = (n) => (n < 0.5 ? `${Math.round(n * 1000)}M` : `${n}B`);
/** Puts the family first that has a checkpoint of the model's size, where the size is known; otherwise the order of the row. */
function chosen(name, kind, families, config) {
    const wanted = sizeOf(config);
    if (wanted === undefined || wanted < TINY)
        return { name, kind, families };
    const fits = families.map((family) => {
        const { sizes } = PUBLISHED[family];
        const size = sizes.reduce((a, b) => (off(b, wanted) < off(a, wanted) ? b : a));
        return { family, size, off: off(size, wanted) };
    });
    // A row's order counts between sizes that are as good as each other: within a factor of two.
    const best = fits.find((f) => f.off <= 2) ?? fits.reduce((a, b) => (b.off < a.off ? b : a), fits[0]);
    if (!best)
        return { name, kind, families };
    return { name, kind, families: [best.family, ...families.filter((f) => f !== best.family)], size: best.size };
}
/** Smaller models are tests: no size is close to theirs. */
const TINY = 0.02;
const off = (a, b) => Math.max(a / b, b / a);
/** About how many billions of parameters the language model of a config has; undefined where it does not say. */
export function sizeOf(config) {
    const part = [config.text_config, config.llm_config, config.language_config, config.thinker_config].find(isRecord) ?? config;
    const number = (...keys) => keys.map((k) => part[k]).find((v) => typeof v === 'number' && v > 0);
    const width = number('hidden_size', 'n_embd', 'd_model');
    const layers = number('num_hidden_layers', 'n_layer', 'num_layers', 'n_layers');
    if (width === undefined || layers === undefined)
        return undefined;
    const heads = number('num_attention_heads', 'n_head') ?? 1;
    const shared = (number('num_key_value_heads') ?? heads) / heads;
    const experts = number('num_experts', 'num_local_experts', 'n_routed_experts') ?? 1;
    const inner = (experts > 1 ? number('moe_intermediate_size') : undefined) ?? number('intermediate_size', 'ffn_dim', 'n_inner', 'd_ff') ?? 4 * width;
    const gated = number('n_embd', 'ffn_dim') === undefined ? 3 : 2;
    const layer = width * width * (2 + 2 * shared) + experts * gated * width * inner;
    const embeddings = (number('vocab_size') ?? 0) * width * (part.tie_word_embeddings === true ? 1 : 2);
    return (layers * layer + embeddings) / 1e9;
}
//# sourceMappingURL=closest.js.map