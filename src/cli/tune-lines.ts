// What a tuning command prints: about its data before it trains, about what it saved at the end.

import type { PreparedSft, SftOptions } from '../train/sft.js';
import { formatCount, formatDuration } from '../util/progress.js';
import { plural } from './data-flags.js';

/** Lines about the data and what will be trained. */
export function dataLines({ report, train, model, bad, lr, recipe, method }: PreparedSft): string[] {
  const rates = Object.entries(recipe.stages[0]?.options.learningRates ?? {}).map(([part, rate]) => `, ${part} ${rate}`);
  const { tokens, images, holdout } = report;
  const rows = report.usable.length;
  const range = images.perRow[0] === images.perRow[1] ? String(images.perRow[0]) : `${images.perRow[0]} to ${images.perRow[1]}`;
  const lines = [
    `${plural(rows, 'conversation')}, ${plural(images.total, 'image')} (${images.distinct} distinct, ${range} a conversation), ${formatCount(tokens.total)} tokens, ${formatCount(report.lossTokens)} of them ${method === 'grpo' ? 'of answers' : 'learned'}`,
    `lengths in tokens: median ${tokens.median}, 95 % ${tokens.p95}, longest ${tokens.longest}`,
    `training ${train.join(', ')} of ${model.dir}, learning rate ${lr}${rates.join('')}`,
  ];
  if (model.vocabulary) {
    const { added, known, before, rows: now } = model.vocabulary;
    const names = (list: readonly string[]): string => list.slice(0, 8).join(' ') + (list.length > 8 ? ' …' : '');
    const size = now === before ? `the embedding has room in its ${now} rows` : `the embedding grows from ${before} to ${now} rows`;
    if (added.length > 0) lines.push(`tokens added: ${names(added.map(({ content }) => content))}; ${size}`);
    if (known.length > 0) lines.push(`tokens that are in the vocabulary already: ${names(known)}`);
    const learns = train.some((part) => ['embeddings', 'language', 'all'].includes(part));
    if (added.length > 0 && !learns) lines.push('the rows of new tokens are not trained: add embeddings to --train');
  }
  const left = new Set(bad.map(({ file, row }) => `${file}:${row}`)).size;
  const same = report.unusable.filter(({ code }) => code === 'data.same').length;
  if (left > 0) lines.push(`left out: ${plural(left, 'row')}, listed in bad.jsonl${same > 0 ? ` (${same} with two equal replies)` : ''}`);
  if (report.shortened > 0) lines.push(`too long, so that last turns are lost: ${plural(report.shortened, 'conversation')}`);
  if (report.unended > 0) lines.push(`replies without an end at which the model stops: in ${plural(report.unended, 'conversation')}`);
  if (report.rejected > 0 && method === 'sft')
    lines.push(
      `rejected replies, which are not used here but by preference learning (sensorium dpo): in ${plural(report.rejected, 'conversation')}`,
    );
  if (holdout.known > 0)
    lines.push(
      `of ${plural(holdout.rows, 'held-out row')}, ${holdout.known} share an image (or the whole text) with rows that are trained on`,
    );
  return lines;
}

/** What was saved, and how to ask it. `score`: held-out answers that are right, where that is what was learned. `more`: further lines. */
export function endLines(
  result: { saved: string; kind: string; seconds: number },
  score: { n: number; before: number; after: number } | undefined,
  { model, page, more = [] }: { model: string; page: string; more?: readonly string[] },
): string {
  const flag = result.kind === 'adapter' ? `${model} --adapter ${result.saved}` : result.saved;
  return [
    `done in ${formatDuration(result.seconds)}: ${result.saved}`,
    ...(score && score.n > 0
      ? [`held-out answers that are right, word for word: ${score.before} of ${score.n} before, ${score.after} after`]
      : []),
    ...more,
    `report: ${page}`,
    `ask it: sensorium ask IMAGE "QUESTION" --model ${flag}`,
    '',
  ].join('\n');
}

/** Options as the report lists them: those that are set, of the stage among them; not the text of a template, nor what it lists anyway. */
export function shownOptions({
  options,
  template,
  tokens = [],
  model: _model,
  train: _train,
  epochs,
  ...rest
}: SftOptions): Record<string, unknown> {
  const added = tokens.map((token) => (typeof token === 'string' ? token : token.content));
  const { reward, truth, ...numbers } = (rest.strengths ?? {}) as { reward?: { name: string }; truth?: { name: string } };
  const all = {
    ...rest,
    strengths: { ...numbers, ...(reward ? { reward: reward.name } : {}), ...(truth ? { truth: truth.name } : {}) },
    ...(options?.steps === undefined ? { epochs } : {}),
    ...options,
    ...(template === undefined ? {} : { template: 'its own' }),
    ...(added.length > 0 ? { tokens: added } : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
