// Overrides of a recipe's model from the shell: parts keep their options as data, so that a change builds them again.

import {
  clipVision,
  connectorFrom,
  connectorKinds,
  encoderFrom,
  isLlavaParts,
  linear,
  llama,
  type MllmPartSpecs,
  type MllmSpec,
  mllm,
  mlp,
} from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { optionError, unknownKey } from './options.js';
import type { PartFolders } from './part-folders.js';

/** A key and its value as the shell gives them. */
export type Override = readonly [key: string, text: string];

/** Options of the parts by name: the valid keys. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  vision: ['imageSize', 'patchSize', 'width', 'layers', 'heads', 'stem', 'stemNorm', 'featureLayer'],
  language: ['width', 'layers', 'heads', 'kvHeads', 'feedForward', 'vocabSize', 'positions', 'tied', 'attentionBias'],
  mlp: ['depth', 'shuffle', 'tokens'],
  linear: ['shuffle', 'tokens'],
  qformer: ['queries', 'tokens', 'width', 'layers', 'heads', 'feedForward', 'crossEvery', 'text', 'features', 'instruction'],
  perceiver: ['queries', 'tokens', 'layers', 'heads', 'kvHeads'],
  'c-abstractor': ['tokens', 'width', 'depth', 'mlpDepth', 'positions'],
  ldp: ['tokens'],
  ldpv2: ['tokens'],
  'qwen-vl': ['tokens', 'heads'],
  'token-resampler': ['tokens', 'queries', 'heads', 'head', 'width'],
};

/** What a kind begins with where a sweep names it alone: 16 tokens, at sizes that go with an encoder of this width and number of tokens. */
const BEGINNINGS: Readonly<Record<string, (width: number, n: number) => Record<string, unknown>>> = {
  qformer: (width) => ({ queries: 16, width, layers: 2, heads: headsOf(width) }),
  perceiver: () => ({ queries: 16, layers: 2 }),
  'c-abstractor': (_, n) => ({ tokens: 16, positions: n }),
  ldpv2: () => ({ tokens: 16 }),
  'qwen-vl': (width) => ({ tokens: 16, heads: headsOf(width) }),
  'token-resampler': () => ({ tokens: 16, heads: 4, head: 32 }),
};
const headsOf = (width: number): number => Math.max(1, Math.round(width / 32));
const FOLDERS = ['vision', 'language', 'all'] as const;

/** True for a key of the model or of the folders it begins with; `connector` stands for `model.connector`. */
export const isModelKey = (key: string): boolean => /^(model|from|connector)(\.|$)/.test(key);

/**
 * The model and its folders with `model.connector=qformer`, `model.connector.queries=16`, `model.language.layers=2`, `from.vision=DIR`.
 * Kinds change before their options, in whatever order they come; most begin with 16 tokens (`BEGINNINGS`).
 * `model.connector.tokens=16` is the same number for every kind: queries of a Q-Former, or the pixel shuffle that leaves so many tokens.
 * Errors: `train.key` with the nearest key, `train.option` for an unknown kind, `model.config` for sizes that do not go together.
 */
export function overrideModel(
  parts: MllmPartSpecs,
  from: PartFolders | undefined,
  overrides: readonly Override[],
  place: string,
): { model: MllmSpec; from: PartFolders | undefined } {
  const folders: Record<string, string | undefined> = { ...from };
  const isLlava = isLlavaParts(parts);
  // Of another encoder, the options are those of its config.
  const { kind: encoder, ...others } = parts.vision.json;
  const vision: Record<string, unknown> = isLlava ? { ...parts.vision.options } : { ...others };
  const language: Record<string, unknown> = { ...parts.language.options };
  let kind = parts.connector.kind;
  let connector: Record<string, unknown> = { ...parts.connector.config };
  const options: Override[] = [];
  for (const [given, text] of overrides) {
    const key = given.startsWith('connector') ? `model.${given}` : given;
    const folder = key.startsWith('from.') ? key.slice(5) : undefined;
    if (folder !== undefined && FOLDERS.some((name) => name === folder)) folders[folder] = text === '' ? undefined : text;
    else if (key === 'model.connector') {
      kind = text;
      connector = {};
    } else options.push([key, text]);
  }
  const kinds = ['linear', ...connectorKinds()];
  if (!kinds.includes(kind))
    throw new SensoriumError('train.option', 'unknown kind of connector', {
      place: `${place}: model.connector`,
      expected: kinds.join(', '),
      got: kind,
      hint: 'A kind of your own is known where the recipe imports the module that defines it',
    });
  const { width, tokenCount: patches } = encoderFrom(parts.vision.json).network;
  connector = { ...BEGINNINGS[kind]?.(width, patches), ...connector };
  const targets: Record<string, Record<string, unknown>> = { vision, language, connector };
  const keysOf = (part: string): readonly string[] =>
    part === 'connector'
      ? (OPTIONS[kind] ?? Object.keys(connector))
      : part === 'vision' && !isLlava
        ? Object.keys(vision)
        : (OPTIONS[part] as readonly string[]);
  for (const [key, text] of options) {
    const [, part = '', name = ''] = /^model\.(\w+)\.(\w+)$/.exec(key) ?? [];
    const target = targets[part];
    if (!target || !keysOf(part).includes(name)) {
      const valid = Object.keys(targets).flatMap((p) => keysOf(p).map((k) => `model.${p}.${k}`));
      throw unknownKey(key, ['model.connector', ...valid, ...FOLDERS.map((f) => `from.${f}`)], place);
    }
    target[name] = parsed(text);
  }
  // The sizes of a tower may have changed too.
  const cut = isLlava ? (Number(vision.imageSize) / Number(vision.patchSize)) ** 2 : patches;
  if ('tokens' in connector) connector = withTokens(kind, connector, cut, place);
  const connectors: Readonly<Record<string, () => MllmPartSpecs['connector']>> = {
    linear: () => linear(connector),
    mlp: () => mlp(connector),
  };
  const model = mllm({
    vision: isLlava
      ? clipVision(vision as unknown as Parameters<typeof clipVision>[0])
      : { ...parts.vision, json: { ...vision, kind: encoder } },
    connector: connectors[kind]?.() ?? connectorFrom({ ...connector, kind }),
    language: llama(language as unknown as Parameters<typeof llama>[0]),
  });
  const used = Object.entries(folders).filter(([, dir]) => dir !== undefined);
  return { model, from: used.length > 0 ? Object.fromEntries(used) : undefined };
}

/** The options of a connector with `tokens` as what makes so many in its kind. Errors: `train.option` where no pixel shuffle does. */
function withTokens(
  kind: string,
  { tokens, ...options }: Record<string, unknown>,
  patches: number,
  place: string,
): Record<string, unknown> {
  if (kind === 'qformer' || kind === 'perceiver') return { ...options, queries: tokens };
  if (kind !== 'mlp' && kind !== 'linear' && kind !== 'ldp') return { ...options, tokens };
  const side = Math.sqrt(patches);
  if (kind === 'ldp' && Number(tokens) === Math.ceil(side / 2) ** 2) return options;
  const shuffle = side / Math.sqrt(Number(tokens));
  if (kind !== 'ldp' && Number.isSafeInteger(shuffle) && side % shuffle === 0) return { ...options, shuffle };
  const counts = kind === 'ldp' ? [Math.ceil(side / 2)] : Array.from({ length: side }, (_, i) => i + 1).filter((s) => side % s === 0);
  throw optionError('model.connector.tokens', {
    place,
    expected: `one of ${counts.map((s) => s ** 2).join(', ')}: the tower makes ${side} x ${side} patches`,
    got: String(tokens),
  });
}

/** Text as JSON where it is, else as it stands. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a word: the part checks its own options
  }
}
