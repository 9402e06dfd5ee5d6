// Supervised fine-tuning in one call: data inspected, recipe made, trained, saved. The command `sensorium sft` is this with words around it.

import { basename } from 'node:path';
import type { BadRow, Conversation, Dataset, MixtureOptions } from '../data/index.js';
import { PackedTensor } from '../graph/index.js';
import { type Model, type OpenSpec, open } from '../model/index.js';
import { type AdapterSpec, ALL_LINEAR, type LoraSpec, lora, rewardHead, valueHead } from '../networks/adapters/index.js';
import { openCommunicator } from '../runtime/mpi.js';
import type { NewToken } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { judgedSamples, preferenceSamples } from './conversation-samples.js';
import { assertLength, defaultLength, type LossOptions } from './fine-tune.js';
import { type DataReport, inspectConversations, someRows, type UnusableRow } from './inspect.js';
import { partRates } from './learning-rates.js';
import { COMPLETION_TOKENS, promptSamples } from './online/prompts.js';
import type { Reward } from './online/reward.js';
import { optionError, type TrainOptions } from './options.js';
import { Ranks } from './parallel/ranks.js';
import { defineRecipe, type Recipe, type StageSpec } from './recipe.js';
import { rewardSamples } from './reward-samples.js';
import { rewardSource } from './reward-source.js';
import { type RecipeResult, type RunOptions, runRecipe } from './run.js';
import { selectParameters, type Trainable } from './select.js';
import { stage } from './stages.js';
import { type OpenedState, quantizedError, saveTrained } from './trained-model.js';

/** How a model learns from data of one's own: from replies, from pairs of them, from judgements. */
export type TuneMethod = 'sft' | 'dpo' | 'orpo' | 'simpo' | 'cpo' | 'kto' | 'reward' | 'grpo' | 'ppo';

/** What is trained, on what. */
export interface SftOptions {
  /** A folder in Hugging Face layout, or a hub id. */
  model: string;
  /** Default `sft`. */
  method?: TuneMethod;
  /** Options of the method's stage: beta, loss … */
  strengths?: Readonly<Record<string, unknown>>;
  /** Rank of low-rank adapters; 0: none, the weights themselves are trained. */
  lora: number;
  /** Default: twice the rank. */
  loraAlpha?: number;
  /** Names of linear layers that get adapters, or `all-linear`. Default: those of the language model's attention and feed-forward. */
  loraTargets?: readonly string[] | string;
  dora?: boolean;
  rslora?: boolean;
  loraDropout?: number;
  /**
   * Share of their strength that trained adapters are kept at, 0 to 1. Below 1 more is kept of what the model could do before: weights
   * between the old and the new ones (WiSE-FT, Wortsman et al. 2022). Default 1.
   */
  strength?: number;
  /** Parts that learn. Default: adapters where there are any (and embeddings, where tokens are added), else connector and language. The folder of an adapter is trained on. */
  train?: readonly string[];
  epochs: number;
  batch: number;
  /** Longest conversation in tokens. Default: what the model reads, but 2048 at most. */
  maxLength?: number;
  /** Share of the rows that is held out, or their number. */
  holdout: number;
  /** Another order of the rows in every epoch. Default true. */
  shuffle?: boolean;
  /** Leave out rows that cannot be used. */
  skipBad: boolean;
  seed: number;
  /** Jinja source in place of the model's chat template. */
  template?: string;
  /** Tokens to add; with adapters, embedding and head are then trained whole beside them. */
  tokens?: readonly (string | NewToken)[];
  /** Further options of the stage: lr, accumulate, patience … */
  options?: Partial<TrainOptions>;
}

/** A fine-tuning run that is ready to begin. */
export interface PreparedSft {
  recipe: Recipe;
  model: Model;
  data: Dataset<Conversation>;
  report: DataReport;
  /** Rows that were left out: of the files, and of those that the model cannot use. */
  bad: readonly BadRow[];
  train: readonly string[];
  lr: number;
  /** As in the options. */
  strength: number;
  method: TuneMethod;
}

/** Heads that methods train beside the model. */
const HEADS: Readonly<Partial<Record<TuneMethod, readonly AdapterSpec[]>>> = { reward: [rewardHead()], ppo: [valueHead()] };

/** The stage of each method. */
const STAGES: Readonly<Record<TuneMethod, (options: Parameters<typeof stage.instruct>[0] & { name: string }) => StageSpec>> = {
  ...stage,
  sft: stage.instruct,
};

/** How rows are read by the methods that want more of them than a reply. */
const SAMPLES: Readonly<Partial<Record<TuneMethod, LossOptions['samples']>>> = {
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
const TARGETS =
  /^(?!.*(vision|visual|qformer|projector|connector|perceiver)).*\.(q_proj|k_proj|v_proj|o_proj|out_proj|gate_proj|up_proj|down_proj|fc1|fc2|q|k|v|o|wi|wi_0|wi_1|wo|dense|query_key_value|dense_h_to_4h|dense_4h_to_h)$/
    .source;

/** The adapters that options ask for. */
export function sftAdapters(o: Pick<SftOptions, 'lora' | 'loraAlpha' | 'loraTargets' | 'dora' | 'rslora' | 'loraDropout'>): LoraSpec[] {
  if (o.lora === 0) return [];
  const { loraAlpha: alpha = 2 * o.lora, loraTargets: targets = TARGETS, dora = false, rslora = false, loraDropout: dropout = 0 } = o;
  return [lora({ rank: o.lora, alpha, targets: targets === ALL_LINEAR ? ALL_LINEAR : targets, dora, rslora, dropout })];
}

/** Learning rate where nothing is said: it falls with the width of the language model, and is lower without adapters and for preferences. */
export function sftLearningRate(width: number, adapters: boolean, method: TuneMethod = 'sft'): number {
  const rate = Math.min(3e-3, Math.max(1e-4, 0.4 / width)) / (method === 'sft' || method === 'reward' ? 1 : 10);
  return Number((adapters ? rate : rate / 10).toPrecision(2));
}

/** What the options leave to the model, decided. */
export interface SftDefaults {
  train: readonly string[];
  lr: number;
  maxLength: number;
}

/** Opens the model and decides what the options leave open. Errors: those of `open`, `train.option` for parts that the model does not have. */
export async function openSft(o: SftOptions, signal?: AbortSignal): Promise<{ spec: OpenSpec; model: Model; decided: SftDefaults }> {
  const { method } = o;
  const heads = HEADS[method ?? 'sft'] ?? [];
  const spec = open(o.model, { adapters: [...sftAdapters(o), ...heads], template: o.template, tokens: o.tokens });
  const model = await spec.open({ seed: o.seed, signal });
  assertQuantized(model, o);
  assertReads(model);
  const language =
    (model.network as { language_model?: { width: number } }).language_model ?? (model.network as unknown as { width: number });
  const maxLength = o.maxLength ?? defaultLength(model.network);
  assertLength(model.network, maxLength, 'sft');
  const besides = o.tokens && o.tokens.length > 0 ? ['embeddings'] : [];
  const lowRank = model.adapters.length > 0;
  const parts = o.train ?? (lowRank ? ['adapters', ...besides] : model.kind === 'causal' ? ['all'] : ['connector', 'language']);
  // A head is an adapter, and has nothing to say before it is trained.
  const train = heads.length > 0 && !parts.includes('adapters') ? ['adapters', ...parts] : parts;
  // A wrong name is reported before the model is asked anything.
  const network = model.network as unknown as Trainable;
  const trained = selectParameters(network, train, 'sft');
  const stored = trained.find((p) => model.values.get(p) instanceof PackedTensor);
  if (stored) throw quantizedError(`${model.dir}: ${stored.name}`);
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

/** Throws `weights.quantized` for what cannot be done over weights in fewer bits: training them whole, and a reward model, which is saved merged. */
function assertQuantized({ quantized, dir }: Model, { lora: rank, method }: SftOptions): void {
  if (!quantized) return;
  if (rank === 0) throw quantizedError(dir);
  if (method !== 'reward') return;
  throw new SensoriumError('weights.quantized', 'a reward model is saved whole, its adapters merged, which needs weights that are floats', {
    place: dir,
    hint: 'Begin from the folder that it was quantized from',
  });
}

/** Throws where no conversation at all could be encoded: `model.tokenizer`, `model.template`. */
function assertReads({ processor, template, kind, dir }: Model): void {
  void processor.tokenizer; // throws where there is none
  if (template || kind === 'seq2seq') return;
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
export async function prepareSft(
  o: SftOptions,
  data: Dataset<Conversation> & { bad?: readonly BadRow[] },
  { signal, onRow }: { signal?: AbortSignal; onRow?: (done: number, total: number) => void } = {},
): Promise<PreparedSft> {
  const { spec, model, decided } = await openSft(o, signal);
  const { train, lr, maxLength } = decided;
  const { method = 'sft' } = o;
  const { reward, truth, maxTokens = COMPLETION_TOKENS } = (o.strengths ?? {}) as { reward?: Reward; truth?: Reward; maxTokens?: number };
  const prompts = SAMPLES[method] === promptSamples;
  // Of prompts, room is left for what completes them.
  const longest = prompts ? maxLength - maxTokens : maxLength;
  const samples = SAMPLES[method]?.(data, model.processor, { maxLength: longest });
  const check =
    reward?.check || truth?.check
      ? async (index: number): Promise<void> => {
          await samples?.(index);
          for (const judge of [reward, truth]) judge?.check?.(await data.get(index));
        }
      : samples;
  const report = await inspectConversations(data, model.processor, {
    ...{ maxLength, holdout: o.holdout, seed: o.seed, prompts, check, signal, onRow },
  });
  const faults = (rows: readonly UnusableRow[], n: number): string =>
    rows
      .slice(0, n)
      .map(({ file, row, key, problem }) => `${file}, row ${row}${key ? `, ${key}` : ''}: ${problem}`)
      .join('; ');
  if (report.rows === 0) throw new SensoriumError('train.data', 'the data set has no rows', { got: show(data.describe) });
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

/** What was saved. */
export interface SftResult {
  state: OpenedState;
  /** Folder of the adapter or of the model. */
  saved: string;
  kind: 'adapter' | 'model';
  seconds: number;
  summaries: RecipeResult['summaries'];
}

/** Trains what `prepareSft` made and saves it in `DIR/adapter` or `DIR/model`. */
export async function runSft(
  { recipe, strength }: PreparedSft,
  run: RunOptions & { dtype?: 'original' | 'float32' | 'float16' | 'bfloat16' },
): Promise<SftResult> {
  const { state, seconds, summaries } = await runRecipe(recipe, run);
  const opened = state as OpenedState;
  if (strength < 1) weaken(opened, strength);
  const ranks = new Ranks(run.communicator ?? (await openCommunicator()));
  const saved = await ranks.first(() => saveTrained(opened, run.dir, { dtype: run.dtype }));
  return { state: opened, saved, kind: basename(saved) as SftResult['kind'], seconds, summaries };
}

/** Scales what adapters add. The checkpoint of the run stays as it is. */
function weaken(state: OpenedState, strength: number): void {
  const ends = new Set(state.model.adapters.flatMap(({ parameters }) => parameters.filter((p) => p.name.endsWith('.lora_B.weight'))));
  for (const [parameter, { data }] of state.values)
    if (ends.has(parameter)) for (let i = 0; i < data.length; i++) (data as Float32Array)[i] = (data[i] as number) * strength;
}

/** Throws `train.option` where a strength cannot be kept: of weights that are trained whole, and of DoRA, which is not linear. */
function assertStrength({ strength = 1, lora: rank, dora }: SftOptions, train: readonly string[]): void {
  const only = rank > 0 && !dora && train.every((name) => name === 'adapters');
  if (strength === 1 || (strength >= 0 && strength < 1 && only)) return;
  throw optionError('strength', {
    place: 'sft',
    expected: only ? 'a number from 0 to 1' : '1: it is of low-rank adapters that learn alone, without DoRA',
    got: String(strength),
  });
}

/** Several data sets and how they are mixed. */
export interface SftMixture extends Pick<MixtureOptions, 'how' | 'cap' | 'textShare'> {
  files: readonly string[];
  weights?: readonly number[];
}

/** The TypeScript recipe that does the same as the options. */
export function sftRecipe(
  o: SftOptions,
  data: { path: string; images?: string; format?: string; prompt?: string; axis?: string; captions?: string; mix?: SftMixture },
  { train, lr, maxLength }: SftDefaults,
): string {
  const json = (value: unknown): string => JSON.stringify(value);
  const fields = (values: object): string[] =>
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${json(value)}`]));
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
  const { reward, truth, ...strengths } = (o.strengths ?? {}) as { reward?: Reward; truth?: Reward };
  const judges = rewardSource({ reward, truth });
  const stageOptions = [
    ...judges.options,
    ...fields({
      ...{ batch: o.batch, epochs: o.epochs, maxLength, holdout: o.holdout, shuffle: o.shuffle ?? true },
      ...{ ...strengths, ...o.options, lr },
    }),
  ];
  const named = (path: string): string => `conversations(${json(path)}${dataOptions.length > 0 ? `, { ${dataOptions.join(', ')} }` : ''})`;
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
