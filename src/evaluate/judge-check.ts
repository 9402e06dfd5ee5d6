// How far a judge can be believed: its verdicts on statements about scenes beside the exact truth, with the controls of order and repetition.

import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { Language, Scene } from '../world/index.js';
import type { Score } from './benchmark.js';
import type { Judge } from './judge.js';
import { type ItemSource, pairItem, ratedItem, type StatementItem, statementItem } from './judge-items.js';
import { haelmPrompt, pairPrompt, ratingPrompt, readHaelm, readPair, readRating } from './judge-prompts.js';
import { type Calibration, calibration } from './metrics/calibration.js';
import { cohenKappa } from './metrics/kappa.js';
import { meanInterval } from './metrics/resample.js';
import { groupBy, share, shareOf } from './scores.js';

/** What a judge is checked with: captions to be called accurate or not, answers to be rated 1 to 5, pairs of answers to be compared. */
export const JUDGE_TASKS = ['statements', 'ratings', 'pairs'] as const;
export type JudgeTask = (typeof JUDGE_TASKS)[number];

export interface JudgeCheckOptions {
  judge: Judge;
  /** Scene number `index`: those of a split that nothing of the judge was trained on. */
  scene(index: number): Scene;
  language?: Language;
  /** Items of each task. Default 60. */
  n?: number;
  /** How often each is judged; more than once shows how steady the judge is. Default 1. */
  repeats?: number;
  /** Default: all that the judge can answer. */
  tasks?: readonly JudgeTask[];
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** The agreement of a judge with exact truth, as it stands beside the scores that the judge gives. */
export interface JudgeCheck {
  judge: string;
  language: Language;
  seed: number;
  /** Items of each task. */
  n: number;
  repeats: number;
  scores: Record<string, Score[]>;
  /** Of judges that give the probability of yes. */
  calibration?: Calibration;
}

/** One question with the same question in the other order, where it has one. */
interface Asked {
  plain: string;
  swapped?: string;
}

/** The replies to one question: to it as often as it was asked, and in the other order. */
interface Given {
  plain: string[];
  swapped: string;
}

const SCALE = [1, 2, 3, 4, 5] as const;

/**
 * Checks a judge. It is asked about scenes whose truth is known to the letter, and never given the truth; what it cannot be read to say is a wrong verdict
 * on statements and pairs, and left out of ratings. Errors: `evaluate.count`, `evaluate.replies`, those of the judge.
 */
export async function checkJudge(options: JudgeCheckOptions): Promise<JudgeCheck> {
  const { judge, scene, language = 'en', n = 60, repeats = 1, seed = 0, signal, onProgress } = options;
  for (const [name, count] of [
    ['n', n],
    ['repeats', repeats],
  ] as const)
    if (!Number.isInteger(count) || count < 1 || count > 100_000)
      throw new SensoriumError('evaluate.count', 'not a number of items', {
        place: name,
        expected: 'a whole number from 1 to 100000',
        got: String(count),
      });
  const tasks = options.tasks ?? judge.tasks ?? JUDGE_TASKS;
  const source: ItemSource = { scene, language, seed };
  const all = <T>(make: (source: ItemSource, index: number) => T): T[] => Array.from({ length: n }, (_, i) => make(source, i));
  const statements = tasks.includes('statements') ? all(statementItem) : [];
  const ratings = tasks.includes('ratings') ? all(ratedItem) : [];
  const pairs = tasks.includes('pairs') ? all(pairItem) : [];
  const asked: Asked[] = [
    ...statements.map(({ references, candidate }) => ({
      plain: haelmPrompt(references, candidate, { language }),
      swapped: haelmPrompt(references, candidate, { language, swapped: true }),
    })),
    ...ratings.map(({ references, answer }) => ({ plain: ratingPrompt(references, answer) })),
    ...pairs.map(({ references, answers: [a, b] }) => ({
      plain: pairPrompt(references, [a, b]),
      swapped: pairPrompt(references, [b, a]),
    })),
  ];
  const given = await askAll(judge, asked, repeats, { signal, onProgress });
  const [ofStatements, ofRatings, ofPairs] = [
    given.slice(0, statements.length),
    given.slice(statements.length, statements.length + ratings.length),
    given.slice(statements.length + ratings.length),
  ];
  const scores: Record<string, Score[]> = {};
  if (statements.length > 0) scores.statements = statementScores(statements, ofStatements);
  if (ratings.length > 0)
    scores.ratings = ratingScores(
      ratings.map(({ truth }) => truth),
      ofRatings,
    );
  if (pairs.length > 0)
    scores.pairs = pairScores(
      pairs.map(({ better }) => better),
      ofPairs,
    );
  const said =
    judge.yes && statements.length > 0
      ? await judge.yes(
          asked.slice(0, statements.length).map(({ plain }) => plain),
          { language, signal },
        )
      : [];
  const known = said.flatMap((p, i) => (p === undefined ? [] : [{ p, so: statements[i]?.truth === 'yes' }]));
  return { judge: judge.name, language, seed, n, repeats, scores, ...(known.length > 0 ? { calibration: calibration(known) } : {}) };
}

/** The replies of the judge: all questions of a round at once, the other order last. */
async function askAll(
  judge: Judge,
  asked: readonly Asked[],
  repeats: number,
  { signal, onProgress }: Pick<JudgeCheckOptions, 'signal' | 'onProgress'>,
): Promise<Given[]> {
  const swapped = asked.flatMap((one) => (one.swapped === undefined ? [] : [one.swapped]));
  const total = asked.length * repeats + swapped.length;
  let done = 0;
  const ask = async (prompts: readonly string[], round: number): Promise<string[]> => {
    throwIfAborted(signal);
    const replies = await judge.replies(prompts, { signal, round, onReply: () => onProgress?.(++done, total) });
    if (replies.length !== prompts.length)
      throw new SensoriumError('evaluate.replies', 'the judge did not reply to every prompt', {
        place: judge.name,
        expected: `${prompts.length} replies`,
        got: String(replies.length),
      });
    return replies;
  };
  const rounds: string[][] = [];
  for (let i = 0; i < repeats; i++)
    rounds.push(
      await ask(
        asked.map(({ plain }) => plain),
        i,
      ),
    );
  const turned = await ask(swapped, 0);
  let next = 0;
  return asked.map((one, i) => ({
    plain: rounds.map((replies) => replies[i] as string),
    swapped: one.swapped === undefined ? '' : (turned[next++] as string),
  }));
}

/** Share of repeated verdicts that equal the first. */
function repeated<T>(given: readonly Given[], read: (reply: string) => T | undefined): Score {
  const again = given.flatMap(({ plain: [first, ...others] }) => others.map((other) => [read(first as string), read(other)] as const));
  return shareOf('repeats agree', again, ([a, b]) => a !== undefined && a === b);
}

function statementScores(items: readonly StatementItem[], given: readonly Given[]): Score[] {
  const rows = items.map((item, i) => {
    const { plain, swapped } = given[i] as Given;
    return { ...item, said: readHaelm(plain[0] as string), turned: readHaelm(swapped) };
  });
  const right = ({ said, truth }: (typeof rows)[number]): boolean => said === truth;
  const kappa = cohenKappa<string>(
    rows.map(({ truth }) => truth),
    rows.map(({ said }) => said),
    { categories: ['yes', 'no', 'unknown'] },
  );
  return [
    { name: 'kappa', ...kappa, better: 'higher', note: 'Cohen, with the truth' },
    shareOf('accuracy', rows, right),
    shareOf('says yes', rows, ({ said }) => said === 'yes', { better: 'neither', note: 'half of the statements are right' }),
    ...[...groupBy(rows, ({ kind }) => kind)].map(([kind, own]) =>
      shareOf(kind === 'right' ? 'right ones believed' : `made-up ${kind} found`, own, right, { detail: true }),
    ),
    shareOf('order kept', rows, ({ said, turned }) => said !== 'unknown' && said === turned, { note: '"yes or no" and "no or yes"' }),
    repeated(given, (reply) => (readHaelm(reply) === 'unknown' ? undefined : readHaelm(reply))),
    shareOf('unreadable', rows, ({ said }) => said === 'unknown', { better: 'lower' }),
  ];
}

function ratingScores(truth: readonly number[], given: readonly Given[]): Score[] {
  const said = given.map(({ plain: [first] }) => readRating(first as string));
  const known = truth.flatMap((right, i) => {
    const rating = said[i];
    return rating === undefined ? [] : [{ right, rating: Math.round(rating), exact: rating }];
  });
  const kappa = cohenKappa<number>(
    known.map(({ right }) => right),
    known.map(({ rating }) => rating),
    { categories: SCALE, weights: 'quadratic' },
  );
  return [
    { name: 'weighted kappa', ...kappa, better: 'higher', note: 'quadratic weights, with the truth' },
    shareOf('accuracy', known, ({ right, exact }) => right === exact),
    {
      name: 'mean error',
      ...meanInterval(
        known.map(({ right, exact }) => exact - right),
        [-4, 4],
      ),
      better: 'neither',
      note: 'above 0: too kind',
    },
    repeated(given, readRating),
    share('unreadable', said.filter((rating) => rating === undefined).length, said.length, { better: 'lower' }),
  ];
}

function pairScores(truth: readonly (0 | 1)[], given: readonly Given[]): Score[] {
  const rows = truth.map((better, i) => {
    const { plain, swapped } = given[i] as Given;
    return { better, said: readPair(plain[0] as string), turned: readPair(swapped) };
  });
  const both = rows.filter(({ said, turned }) => said !== undefined && turned !== undefined);
  const votes = rows.flatMap(({ said, turned }) => [said, turned]).filter((vote) => vote !== undefined);
  return [
    shareOf('accuracy', rows, ({ better, said }) => said === better),
    shareOf('right in both orders', rows, ({ better, said, turned }) => said === better && turned === 1 - better),
    shareOf('turned by the order', both, ({ said, turned }) => said === turned, { better: 'lower' }),
    shareOf('takes the first', votes, (vote) => vote === 0, { better: 'neither', note: 'one half without a leaning' }),
    repeated(given, readPair),
    shareOf('unreadable', rows, ({ said }) => said === undefined, { better: 'lower' }),
  ];
}

/** The agreement of a judge in a few words, for the line that says which judge rated: `kappa 0.62 with exact truth over 60 statements`. */
export function agreementLine({ scores, n }: JudgeCheck): string {
  const [[task, own] = ['', []]] = Object.entries(scores);
  const [first] = own as Score[];
  return first
    ? `${first.name} ${first.value.toFixed(2)} (${first.low.toFixed(2)}-${first.high.toFixed(2)}) with exact truth over ${n} ${task}`
    : '';
}
