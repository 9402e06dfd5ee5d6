// Beam search with the semantics of transformers: several continuations at once, the best by length-normalised log-probability.

import { type GenerationConfig, generationOf } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { prepareOptions } from './constrain/compiled.js';
import type { Decoder } from './decoder.js';
import { type Logits, type Policy, type Prompt, withinOf } from './policy.js';
import { checkOption } from './processors/check.js';
import { RowChooser, type TokenChoice } from './processors/row.js';
import { resolveOptions } from './resolve.js';
import { topChoices } from './sampling.js';
import { splitReply } from './thinking-text.js';
import { type FinishReason, type GenerateOptions, policyOf } from './tokens.js';

export interface BeamOptions {
  /** Continuations that are kept (`num_beams`). Default 1. */
  beams?: number;
  /** Scores are sums of log-probabilities divided by length to this power (`length_penalty`). Default 1; above favours long replies. */
  lengthPenalty?: number;
  /**
   * When to stop once `beams` replies have ended (`early_stopping`): `true` at once; `false` (the default) when no running one can win at
   * its present length; 'never' when none can win at any length.
   */
  earlyStopping?: boolean | 'never';
  /** Replies to return, best first (`num_return_sequences`), at most `beams`. Default 1. */
  returnSequences?: number;
}

/** A reply of a beam search. */
export interface BeamSequence {
  text: string;
  /** What was thought before it, of models that mark it. */
  thinking?: string;
  /** Sum of log-probabilities divided by length to the length penalty; comparable within one search. */
  score: number;
  /** Without the end token. */
  tokens: TokenChoice[];
  finish: FinishReason;
}

interface Beam {
  readonly row: RowChooser;
  /** Sum of log-probabilities after processors. */
  readonly score: number;
  readonly tokens: readonly TokenChoice[];
}

interface Candidate {
  readonly parent: Beam;
  readonly id: number;
  readonly score: number;
}

type Ended = Omit<BeamSequence, 'text' | 'thinking'>;

/** Searches for the best replies to one prompt. Deterministic: equal scores go by beam, then by id. Throws `generate.option`, `generate.context`. */
export async function beamSearch(
  model: Decoder | Policy,
  tokenizer: Tokenizer,
  prompt: Prompt,
  o: GenerateOptions & BeamOptions = {},
  config: GenerationConfig = generationOf(tokenizer),
): Promise<BeamSequence[]> {
  const { beams = 1, returnSequences = 1, topLogProbs = 0 } = o;
  const { lengthPenalty = config.beams.lengthPenalty ?? 1, earlyStopping = config.beams.earlyStopping ?? false } = o;
  checkOptions(o);
  const policy = policyOf(model, o);
  const size = { promptTokens: prompt.ids.length, room: policy.room(prompt) };
  const { choose, endIds, limit, keepThinking } = resolveOptions(await prepareOptions(o, tokenizer), { ...config, stop: [] }, size);
  const pool = new Hypotheses(beams, lengthPenalty, earlyStopping, limit);
  o.signal?.throwIfAborted();
  let running: Beam[] = [{ row: RowChooser.create(tokenizer, prompt.ids, choose, endIds), score: 0, tokens: [] }];
  /** Logits are valid until something else is computed: what is chosen by is there before. */
  const ready = (): Promise<unknown> => Promise.all(running.map(({ row }) => row.prepare(() => o.signal?.aborted === true)));
  await ready();
  let rows = await policy.start([prompt]);
  let { logits } = rows;
  for (let length = 1; length <= limit; length++) {
    o.signal?.throwIfAborted();
    const scores = running.map((_, b) => logits.at(b));
    const sums = running.map((_, b) => logits.logSum(b));
    const candidates = best(running, { rows: scores, sums, logits }, 2 * beams);
    if (candidates.length === 0) noneLeft();
    const next: (Candidate & { row: RowChooser; tokens: TokenChoice[] })[] = [];
    for (const [rank, c] of candidates.entries()) {
      if (next.length === beams) break;
      const b = running.indexOf(c.parent);
      if (c.parent.row.isEnd(c.id)) {
        // An end that is worse than the best continuations is no end.
        if (rank < beams) pool.add({ tokens: [...c.parent.tokens], score: c.score, finish: 'stop' }, length);
        continue;
      }
      const row = c.parent.row.fork();
      row.accept(c.id);
      const raw = scores[b] as Float32Array;
      const token: TokenChoice = { id: c.id, logProb: (raw[c.id] as number) - (sums[b] as number) };
      if (topLogProbs > 0) token.top = topChoices(raw, topLogProbs, sums[b]);
      const tokens = [...c.parent.tokens, token];
      // A form that is complete needs no end token, and no probability is lost on one.
      if (row.ended) {
        if (rank < beams) pool.add({ tokens, score: c.score, finish: 'stop' }, length);
      } else next.push({ ...c, row, tokens });
    }
    const over = pool.isDone((candidates[0] as Candidate).score, length);
    if (over || next.length === 0 || length === limit) {
      if (!over) for (const n of next) pool.add({ tokens: n.tokens, score: n.score, finish: 'length' }, length);
      break;
    }
    const parents = next.map((n) => running.indexOf(n.parent));
    rows = policy.select(rows, parents, beams);
    running = next;
    await ready();
    logits = await policy.step(
      rows,
      next.map((n) => n.id),
    );
  }
  return pool.best(returnSequences).map((s) => {
    const ids = s.tokens.map(({ id }) => id);
    return { ...s, ...splitReply(tokenizer, prompt.ids, ids, !keepThinking) };
  });
}

/** The `count` best continuations of all beams, best first. */
function best(
  running: readonly Beam[],
  { rows, sums, logits }: { rows: readonly Float32Array[]; sums: readonly number[]; logits: Logits },
  count: number,
): Candidate[] {
  const candidates = running.flatMap((parent, b) => {
    // As in transformers, processors change log-probabilities, not logits.
    const sum = sums[b] as number;
    const within = withinOf(logits, b);
    const scores = parent.row.processed(
      (rows[b] as Float32Array).map((v) => v - sum),
      within && ((allowed) => within(allowed).map((v) => v - sum)),
    );
    return topChoices(scores, count, 0)
      .filter((c) => c.logProb !== Number.NEGATIVE_INFINITY)
      .map((c): Candidate => ({ parent, id: c.id, score: parent.score + c.logProb }));
  });
  // The sort is stable: equal scores stay in the order of beams and ids.
  return candidates.sort((a, b) => b.score - a.score).slice(0, count);
}

/** The replies that have ended, at most as many as there are beams (BeamHypotheses in transformers). */
class Hypotheses {
  private readonly kept: Ended[] = [];
  constructor(
    private readonly beams: number,
    private readonly lengthPenalty: number,
    private readonly earlyStopping: boolean | 'never',
    private readonly limit: number,
  ) {}

  /** `length`: tokens generated, the end token included. `score` comes in as a sum. */
  add(ended: Ended, length: number): void {
    const score = ended.score / length ** this.lengthPenalty;
    const at = this.kept.findIndex((h) => h.score < score);
    if (at < 0) this.kept.push({ ...ended, score });
    else this.kept.splice(at, 0, { ...ended, score });
    if (this.kept.length > this.beams) this.kept.pop();
  }

  /** True when no running beam can come among the best any more. `sum`: the best sum of log-probabilities at this length. */
  isDone(sum: number, length: number): boolean {
    if (this.kept.length < this.beams) return false;
    if (this.earlyStopping === true) return true;
    const longest = this.earlyStopping === 'never' && this.lengthPenalty > 0 ? this.limit : length;
    return (this.kept[this.kept.length - 1] as Ended).score >= sum / longest ** this.lengthPenalty;
  }

  best(count: number): Ended[] {
    return this.kept.slice(0, count);
  }
}

function checkOptions(o: GenerateOptions & BeamOptions): void {
  const { beams = 1, lengthPenalty = 1, earlyStopping = false, returnSequences = 1 } = o;
  checkOption(Number.isInteger(beams) && beams >= 1 && beams <= 256, 'beams', '1 to 256', beams);
  checkOption(
    Number.isInteger(returnSequences) && returnSequences >= 1 && returnSequences <= beams,
    'returnSequences',
    `1 to beams (${beams})`,
    returnSequences,
  );
  checkOption(Number.isFinite(lengthPenalty), 'lengthPenalty', 'a number', lengthPenalty);
  checkOption([true, false, 'never'].includes(earlyStopping), 'earlyStopping', "true, false or 'never'", earlyStopping);
  checkOption((o.temperature ?? 0) === 0, 'temperature', '0, for beams are not drawn', o.temperature);
  checkOption(o.doSample !== true, 'doSample', 'false, for beams are not drawn', o.doSample);
  checkOption((o.stop ?? []).length === 0, 'stop', 'nothing: beams end with an end token or at maxTokens', o.stop);
}

function noneLeft(): never {
  throw new SensoriumError('generate.masked', 'no token is left to choose from', { expected: 'at least one that is not forbidden' });
}
