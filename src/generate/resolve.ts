// The options of a request over the settings of its model: what is chosen from, what ends the reply and how long it may be.

import type { GenerationConfig } from '../model/generation-config.js';
import { SensoriumError } from '../util/errors.js';
import { checkIds, checkOption } from './processors/check.js';
import type { ChooseOptions } from './processors/row.js';

/** Options that say where a reply ends. */
export interface EndOptions {
  /** Default: what generation_config.json says, else 128; less where the context ends. */
  maxTokens?: number;
  /** The reply does not end before this many tokens, neither with an end token nor with a stop string. */
  minTokens?: number;
  /** End tokens do not end the reply, which goes on to `maxTokens`. */
  ignoreEos?: boolean;
  /** Ids that end a reply. Default: the model's. */
  endIds?: readonly number[];
  /** Texts that end the reply; not part of it. */
  stop?: string | readonly string[];
  /** Thinking stays in the text of the reply, marks and all. Default: of continuations of a text; else it is apart from the text. */
  keepThinking?: boolean;
  /** True draws tokens, at the temperature of generation_config.json or 1 unless `temperature` is given; false never does. */
  doSample?: boolean;
}

/** What a loop over tokens works with. */
export interface ResolvedOptions {
  /** Every option for the choice of tokens, the model's settings included. */
  choose: ChooseOptions;
  endIds: readonly number[];
  /** Most tokens. */
  limit: number;
  /** No stop string is looked for before this many tokens. */
  minTokens: number;
  stops: readonly string[];
  keepThinking: boolean;
}

/** The prompt of a request. */
export interface PromptSize {
  promptTokens: number;
  /** Most tokens that there is room for. */
  room: number;
}

/** Tokens of a reply where neither the request nor the model has a limit. */
const DEFAULT_TOKENS = 128;

/**
 * Fills in what the request leaves open; what it says always wins. Settings for drawing (top_k, top_p …) apply to requests that draw: by a
 * `temperature` above 0, or `doSample`. Errors: `generate.option`, and `generate.context` where there is no room.
 */
export function resolveOptions(o: ChooseOptions & EndOptions, config: GenerationConfig, size: PromptSize): ResolvedOptions {
  const { promptTokens, room } = size;
  const { minTokens = 0, maxTokens } = o;
  checkOption(maxTokens === undefined || (Number.isInteger(maxTokens) && maxTokens > 0), 'maxTokens', 'a positive integer', maxTokens);
  checkOption(Number.isInteger(minTokens) && minTokens >= 0, 'minTokens', 'an integer of at least 0', minTokens);
  const { minNewTokens = 0 } = o;
  checkOption(Number.isInteger(minNewTokens) && minNewTokens >= 0, 'minNewTokens', 'an integer of at least 0', minNewTokens);
  checkOption(maxTokens === undefined || minTokens <= maxTokens, 'minTokens', `at most maxTokens (${maxTokens})`, minTokens);
  const stops = o.stop === undefined ? config.stop : typeof o.stop === 'string' ? [o.stop] : o.stop;
  checkOption(Array.isArray(stops) && stops.every((s) => typeof s === 'string'), 'stop', 'a text or a list of texts', o.stop);
  if (stops.includes('')) throw new SensoriumError('generate.option', 'a stop string is empty', { place: 'stop' });
  if (room < 1)
    throw new SensoriumError('generate.context', 'the prompt fills the context', {
      expected: `fewer than ${room + promptTokens} tokens`,
      got: String(promptTokens),
      hint: 'Send fewer messages or images, or load the model with a larger capacity',
    });
  const limit = Math.min(maxTokens ?? boundOf(config, promptTokens) ?? Math.max(DEFAULT_TOKENS, minTokens), room);
  const { endIds: ownEnds } = o;
  checkOption(ownEnds === undefined || Array.isArray(ownEnds), 'endIds', 'a list of token ids', ownEnds);
  checkIds(ownEnds ?? [], 'endIds');
  const endIds = o.ignoreEos ? [] : (o.endIds ?? config.endIds);

  const temperature = o.doSample === false ? 0 : (o.temperature ?? (o.doSample ? (config.sampling.temperature ?? 1) : 0));
  const { temperature: _, ...drawing } = config.sampling;
  const fromConfig: ChooseOptions = { ...config.processors, ...(temperature > 0 ? drawing : {}) };
  const least = Math.max(
    minTokens,
    o.minNewTokens ?? Math.max(config.processors.minNewTokens ?? 0, (config.minLength ?? 0) - promptTokens),
  );
  const forcesStart = config.forcedStart !== undefined && promptTokens === 1;
  const forced = o.forcedTokens ?? [
    ...(forcesStart ? [[0, config.forcedStart as number] as const] : []),
    ...(config.forcedEnd !== undefined && !o.ignoreEos ? [[limit - 1, config.forcedEnd] as const] : []),
  ];
  const never = [...(config.unwritten ?? []), ...(temperature > 0 ? (config.placeholders ?? []) : [])];
  const choose: ChooseOptions = {
    ...fromConfig,
    ...given(o),
    ...(never.length > 0 ? { suppressTokens: [...(o.suppressTokens ?? config.processors.suppressTokens ?? []), ...never] } : {}),
    temperature,
    minNewTokens: least > 0 ? Math.min(least, limit) : undefined,
    forcedTokens: forced.length > 0 ? forced : undefined,
    // As in transformers: behind a forced first token the beginning is one later.
    beginSuppressAt: o.beginSuppressTokens === undefined && forcesStart ? 1 : 0,
  };
  return { choose, endIds, limit, minTokens, stops, keepThinking: o.keepThinking ?? false };
}

/** The bound of generation_config.json, which is none where the prompt alone is longer than its max_length. */
function boundOf({ maxNewTokens, maxLength }: GenerationConfig, promptTokens: number): number | undefined {
  if (maxNewTokens !== undefined) return maxNewTokens;
  return maxLength !== undefined && maxLength > promptTokens ? maxLength - promptTokens : undefined;
}

/** The options that have a value: an undefined one leaves the model's setting. */
const given = <T extends object>(o: T): Partial<T> =>
  Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as Partial<T>;
