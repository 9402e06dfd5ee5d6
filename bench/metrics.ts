// `npm run bench -- metrics`: replies scored per second of processor time on one core, by metric. The bar is 100,000 in a minute.

import { chartQa } from '../src/evaluate/benchmarks/chart-qa.js';
import { mme } from '../src/evaluate/benchmarks/mme.js';
import { choiceScores } from '../src/evaluate/choice-scores.js';
import { anls } from '../src/evaluate/metrics/anls.js';
import { captionCounts, captionScores } from '../src/evaluate/metrics/captions.js';
import { pairedDifference } from '../src/evaluate/metrics/paired.js';
import { popeScoreList } from '../src/evaluate/pope.js';
import { consensusScores, exactScore } from '../src/evaluate/short-answers.js';
import { Rng } from '../src/util/rng.js';
import { benchOptions, median, type Row, report, runBench } from './report.js';

const USAGE = `usage: npm run bench -- metrics [options]

All scores of a kind of benchmark over replies of several forms; captions have five references. Processor time of one thread, so that other
work on the machine changes little. The bar is 1,667 replies a second: 100,000 in a minute.

  --replies N     replies scored at once (default 20,000)
`;

const nouns = 'dog cat man bus street table pizza kite beach horse field bench clock boat tree bowl'.split(' ');
const colors = 'red blue green large small old white'.split(' ');
const forms = [
  'Yes, there is a NOUN in the image.',
  'No.',
  'The answer is B. Because it is COLOR.',
  'A. a COLOR NOUN',
  'It is a COLOR NOUN beside a NOUN, and there are two people.',
  'There are 12 NOUNs on the table.',
  'I am not sure.',
  '<think>COLOR?</think>a NOUN',
];

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, { replies: '20000' });
    if (!options) return;
    const n = Number(options.more.replies);
    const rng = new Rng('bench/metrics');
    const fill = (form: string): string => form.replace(/NOUN/g, () => rng.pick(nouns)).replace(/COLOR/g, () => rng.pick(colors));
    const caption = (): string => fill('A COLOR NOUN stands on the COLOR NOUN next to a NOUN and a NOUN.');
    const captions = Array.from({ length: n }, () => ({ caption: caption(), references: Array.from({ length: 5 }, caption) }));
    // New objects each time: what is known of a row is kept with it.
    const rows = (question: string) =>
      Array.from({ length: n }, (_, i) => ({
        id: String(i),
        place: '',
        kind: 'color',
        group: String(i >> 1),
        reply: fill(rng.pick(forms)),
        messages: [{ role: 'user' as const, content: fill(question) }],
        truth: (i % 2 ? 'yes' : 'no') as 'yes' | 'no',
        answers: Array.from({ length: 10 }, () => rng.pick(colors)),
      }));
    const truth = (text: string, question: string) => rows(question).map((row) => ({ ...row, truth: text }));
    const cases: Record<string, () => () => unknown> = {
      'captions, all metrics': () => () => captionScores(captionCounts(captions)),
      options: () => {
        const own = rows('Which?').map((row) => ({ ...row, truth: 'B', options: ['a red cup', 'a boat', 'two dogs', 'a table'] }));
        return () => choiceScores(own);
      },
      'yes/no, POPE': () =>
        (
          (own) => () =>
            popeScoreList(own)
        )(rows('Is there a NOUN in the image?')),
      'yes/no, MME': () =>
        (
          (own) => () =>
            mme({ data: [] }).score(own)
        )(rows('Is there a NOUN in the image?')),
      'VQA consensus': () =>
        (
          (own) => () =>
            consensusScores(own)
        )(rows('What color is the NOUN?')),
      'exact match': () =>
        (
          (own) => () =>
            exactScore(own)
        )(rows('Is there a NOUN?').map((row) => ({ ...row, answers: [row.truth] }))),
      'relaxed accuracy': () =>
        (
          (own) => () =>
            chartQa({ data: [] }).score(own.map((row) => ({ ...row, answers: ['12'] })))
        )(truth('12', 'How many?')),
      ANLS: () =>
        (
          (own) => () =>
            own.map(({ reply }) => anls(reply, ['a large boat', 'boat']))
        )(rows('What?')),
      'paired test': () =>
        (
          (a, b) => () =>
            pairedDifference(a, b)
        )(
          rows('x').map((_, i) => i % 3),
          rows('x').map((_, i) => i % 5),
        ),
    };
    const results: Row[] = [];
    for (const [name, prepare] of Object.entries(cases)) {
      const times: number[] = [];
      for (let round = 0; round < options.repeats; round++) {
        const work = prepare();
        const before = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(before);
        times.push((user + system) / 1e6);
      }
      results.push({ name: 'metrics', case: name, unit: 'replies/s', sensorium: n / median(times), peers: {}, roofline: null });
    }
    report(results, options);
  });
}
