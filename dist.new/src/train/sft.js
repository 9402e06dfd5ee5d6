// Supervised fine-tuning in one call: data inspected, recipe made, trained, saved. The command `sensorium sft` is this with words around it.
import { basename } from 'node:path';
import { open } from '../model/index.js';
import { ALL_LINEAR, lora, rewardHead, valueHead } from '../networks/adapters/index.js';
import { openCommunicator } from '../runtime/mpi.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { judgedSamples, preferenceSamples } from './conversation-samples.js';
import { assertLength, defaultLength } from './fine-tune.js';
import { inspectConversations, someRows } from './inspect.js';
import { partRates } from './learning-rates.js';
import { COMPLETION_TOKENS, promptSamples } from './online/prompts.js';
import { optionError } from './options.js';
import { Ranks } from './parallel/ranks.js';
import { defineRecipe } from './recipe.js';
import { rewardSamples } from './reward-samples.js';
import { rewardSource } from './reward-source.js';
import { runRecipe } from './run.js';
import { selectParameters } from './select.js';
import { stage } from './stages.js';
import { quantizedError, saveTrained } from './trained-model.js';
/** Heads that methods train beside the model. */
const HEADS = { reward: [rewardHead()], ppo: [valueHead()] };
/** The stage of each method. */
const STAGES = {
    ...stage,
    sft: stage.instruct,
};
/** How rows are read by the methods that want more of them than a reply. */
const SAMPLES = {
    dpo: preferenceSamples,
    orpo: preferenceSamples,
    simpo: preferenceSamples,
    cpo: preferenceSamples,
    kto: judgedSamples().samples,
    reward: rewardSamples().samples,
    grpo: promptSamples,
    ppo: promptSamples,
};
/** Linear layers of decoders and encoder-decoders that adapters act on by default. */
const TARGETS = /^(?!.*(vision|visual|qformer|projector|connector|perceiver)).*\.(q_proj|k_proj|v_proj|o_proj|out_proj|gate_proj|up_proj|down_proj|fc1|fc2|q|k|v|o|wi|wi_0|wi_1|wo|dense|query_key_value|dense_h_to_4h|dense_4h_to_h)$/
    .source;
/** The adapters that options ask for. */
export function sftAdapters(o) {
    if (o.lora === 0)
        return [];
    const { loraAlpha: alpha = 2 * o.lora, loraTargets: targets = TARGETS, dora = false, rslora = false, loraDropout: dropout = 0 } = o;
    return [lora({ rank: o.lora, alpha, targets: targets === ALL_LINEAR ? ALL_LINEAR : targets, dora, rslora, dropout })];
}
/** Learning rate where nothing is said: it falls with the width of the language model, and is lower without adapters and for preferences. */
export function sftLearningRate(width, adapters, method = 'sft') {
    const rate = Math.min(3e-3, Math.max(1e-4, 0.4 / width)) / (method === 'sft' || method === 'reward' ? 1 : 10);
    return Number((adapters ? rate : rate / 10).toPrecision(2));
}
/** Opens the model and decides what the options leave open. Errors: those of `open`, `train.option` for parts that the model does not have. */
export async function openSft(o, signal) {
    const { method } = o;
    const heads = HEADS[method ?? 'sft'] ?? [];
    const spec = open(o.model, { adapters: [...sftAdapters(o), ...heads], template: o.template, tokens: o.tokens });
    const model = await spec.open({ seed: o.seed, signal });
    if (model.quantized)
        throw quantizedError(model.dir);
    assertReads(model);
    const language = model.network.language_model ?? model.network;
    const maxLength = o.maxLength ?? defaultLength(model.network);
    assertLength(model.network, maxLength, 'sft');
    const besides = o.tokens && o.tokens.length > 0 ? ['embeddings'] : [];
    const lowRank = model.adapters.length > 0;
    const parts = o.train ?? (lowRank ? ['adapters', ...besides] : model.kind === 'causal' ? ['all'] : ['connector', 'language']);
    // A head is an adapter, and has nothing to say before it is trained.
    const train = heads.length > 0 && !parts.includes('adapters') ? ['adapters', ...parts] : parts;
    // A wrong name is reported before the model is asked anything.
    const network = model.network;
    const trained = selectParameters(network, train, 'sft');
    partRates(o.options?.learningRates ?? {}, trained, { network, place: 'sft' });
    assertStrength(o, train);
    if (o.lora > 0 && !trained.some(({ name }) => name.includes('.lora_')))
        throw optionError('train', {
            place: 'sft',
            expected: 'adapters among the parts that learn, since low-rank adapters are asked for',
            got: train.join(', '),
            hint: 'Add adapters, or leave out the rank (--lora) to train these parts whole',
        });
    const onlyAdapters = heads.length > 0 ? lowRank : train.includes('adapters');
    return { spec, model, decided: { train, maxLength, lr: o.options?.lr ?? sftLearningRate(language.width, onlyAdapters, method) } };
}
/** Throws where no conversation at all could be encoded: `model.tokenizer`, `model.template`. */
function assertReads({ processor, template, kind, dir }) {
    void processor.tokenizer; // throws where there is none
    if (template || kind === 'seq2seq')
        return;
    throw new SensoriumError('model.template', 'this model has no chat template, so that conversations cannot be written for it', {
        place: dir,
        expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
        hint: 'Give one with --template FILE.jinja (template), such as that of the tuned model of the same family',
    });
}
/**
 * Opens the model, inspects the data and makes the recipe. `data` is open; `bad` are rows of its files that were left out already.
 * Errors: those of `openSft`; `train.data` where no row can be used, with the first faults, and where some cannot and are not to be left out.
 */
export async function prepareSft(o, data, { signal, onRow } = {}) {
    const { spec, model, decided } = await openSft(o, signal);
    const { train, lr, maxLength } = decided;
    const { method = 'sft' } = o;
    const { reward, truth, maxTokens = COMPLETION_TOKENS } = (o.strengths ?? {});
    const prompts = SAMPLES[method] === promptSamples;
    // Of prompts, room is left for what completes them.
    const longest = prompts ? maxLength - maxTokens : maxLength;
    const samples = SAMPLES[method]?.(data, model.processor, { maxLength: longest });
    const check = reward?.check || truth?.check
        ? async (index) => {
            await samples?.(index);
            for (const judge of [reward, truth])
                judge?.check?.(await data.get(index));
        }
        : samples;
    const report = await inspectConversations(data, model.processor, {
        ...{ maxLength, holdout: o.holdout, seed: o.seed, prompts, check, signal, onRow },
    });
    const faults = (rows, n) => rows
        .slice(0, n)
        .map(({ file, row, key, problem }) => `${file}, row ${row}${key ? `, ${key}` : ''}: ${problem}`)
        .join('; ');
    if (report.rows === 0)
        throw new SensoriumError('train.data', 'the data set has no rows', { got: show(data.describe) });
    const { hint } = report.unusable.find(({ code }) => code !== 'data.same') ?? report.unusable[0] ?? {};
    if (report.usable.length === 0)
        throw new SensoriumError('train.data', 'no row of the data set can be used', {
            place: report.unusable[0]?.file ?? o.model,
            expected: 'at least one',
            got: `${report.rows} rows, all with faults. ${faults(report.unusable, 3)}`,
            hint,
        });
    // Where both replies are the same there is nothing to correct.
    const wrong = report.unusable.filter(({ code }) => code !== 'data.same');
    if (wrong.length > 0 && !o.skipBad)
        throw new SensoriumError('train.data', 'some rows of the data set cannot be used', {
            got: `${wrong.length} of ${report.rows}. ${faults(wrong, 3)}`,
            hint: `${hint ? `${hint}. ` : ''}Correct them, or leave them out with --skip-bad`,
        });
    const usable = someRows(data, report.usable);
    const recipe = defineRecipe({
        name: method,
        seed: o.seed,
        model: { ...spec, open: async () => model },
        stages: [
            STAGES[method]({
                name: method,
                train: [...train],
                data: usable,
                batch: o.batch,
                epochs: o.epochs,
                maxLength,
                holdout: o.holdout,
                shuffle: o.shuffle ?? true,
                ...o.strengths,
                ...o.options,
                lr,
            }),
        ],
    });
    const bad = [...(data.bad ?? []), ...report.unusable.map(({ index: _index, code: _code, ...fault }) => fault)];
    return { recipe, model, data: usable, report, bad, train, lr, strength: o.strength ?? 1, method };
}
/** Trains what `prepareSft` made and saves it in `DIR/adapter` or `DIR/model`. */
export async function runSft({ recipe, strength }, run) {
    const { state, seconds, summaries } = await runRecipe(recipe, run);
    const opened = state;
    if (strength < 1)
        weaken(opened, strength);
    const ranks = new Ranks(run.communicator ?? (await openCommunicator()));
    const saved = await ranks.first(() => saveTrained(opened, run.dir, { dtype: run.dtype }));
    return { state: opened, saved, kind: basename(saved), seconds, summaries };
}
/** Scales what adapters add. The checkpoint of the run stays as it is. */
function weaken(state, strength) {
    const ends = new Set(state.model.adapters.flatMap(({ parameters }) => parameters.filter((p) => p.name.endsWith('.lora_B.weight'))));
    for (const [parameter, { data }] of state.values)
        if (ends.has(parameter))
            for (let i = 0; i < data.length; i++)
                data[i] = data[i] * strength;
}
/** Throws `train.option` where a strength cannot be kept: of weights that are trained whole, and of DoRA, which is not linear. */
function assertStrength({ strength = 1, lora: rank, dora }, train) {
    const only = rank > 0 && !dora && train.every((name) => name === 'adapters');
    if (strength === 1 || (strength >= 0 && strength < 1 && only))
        return;
    throw optionError('strength', {
        place: 'sft',
        expected: only ? 'a number from 0 to 1' : '1: it is of low-rank adapters that learn alone, without DoRA',
        got: String(strength),
    });
}
/** The TypeScript recipe that does the same as the options. */
export function sftRecipe(o, data, { train, lr, maxLength }) {
    const json = (value) => JSON.stringify(value);
    const fields = (values) => Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${json(value)}`]));
    const { path: _, mix: __, ...reading } = data;
    const dataOptions = fields({ ...reading, skipBad: o.skipBad || undefined });
    const [adapter] = sftAdapters(o);
    const { rank, alpha, targets, dora, rslora, dropout } = adapter ?? {};
    const lowRank = { rank, alpha, targets, dora: dora || undefined, rslora: rslora || undefined, dropout: dropout || undefined };
    const { method = 'sft' } = o;
    const heads = (HEADS[method] ?? []).map(({ kind }) => `${kind}Head()`);
    const listed = [...(adapter ? [`lora({ ${fields(lowRank).join(', ')} })`] : []), ...heads];
    const adapters = listed.length > 0 ? [`adapters: [${listed.join(', ')}]`] : [];
    const openOptions = [...adapters, ...fields({ template: o.template, tokens: o.tokens?.length ? o.tokens : undefined })];
    const { reward, truth, ...strengths } = (o.strengths ?? {});
    const judges = rewardSource({ reward, truth });
    const stageOptions = [
        ...judges.options,
        ...fields({
            ...{ batch: o.batch, epochs: o.epochs, maxLength, holdout: o.holdout, shuffle: o.shuffle ?? true },
            ...{ ...strengths, ...o.options, lr },
        }),
    ];
    const named = (path) => `conversations(${json(path)}${dataOptions.length > 0 ? `, { ${dataOptions.join(', ')} }` : ''})`;
    const { weights, files, ...mixed } = data.mix ?? {};
    const parts = files?.map((file, i) => `{ data: ${named(file)}${weights ? `, weight: ${weights[i]}` : ''} }`);
    const source = parts ? `mixture({ parts: [${parts.join(', ')}], ${fields({ ...mixed, seed: o.seed }).join(', ')} })` : named(data.path);
    return `import { conversations${parts ? ', mixture' : ''} } from 'sensorium/data';
import { ${[...(adapter ? ['lora'] : []), 'open', ...heads.map((head) => head.slice(0, -2))].join(', ')} } from 'sensorium/models';
import { ${['defineRecipe', ...judges.learned, 'stage'].join(', ')} } from 'sensorium/train';
${judges.imports}
export default defineRecipe({
  name: '${method}',
  seed: ${o.seed},
  model: open(${json(o.model)}${openOptions.length > 0 ? `, {\n${openOptions.map((line) => `    ${line},\n`).join('')}  }` : ''}),
  stages: [
    stage.${method === 'sft' ? 'instruct' : method}({
      name: '${method}',
      train: ${json(train)},
      data: ${source},
${stageOptions.map((line) => `      ${line},`).join('\n')}
    }),
  ],
});
`;
}
//# sourceMappingURL=sft.js.map