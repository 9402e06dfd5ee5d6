// `sensorium eval MODEL`: benchmarks over the scene world or over files, for the model and for the baselines beside it.

import { basename } from 'node:path';
import { defineCommand } from 'citty';
import type { Benchmark } from '../evaluate/benchmark.js';
import { FILE_BENCHMARKS, QUICK_ROWS, WORLD_BENCHMARKS, WORLD_FORMS, WORLD_OWN, WORLD_RETRIEVALS } from '../evaluate/benchmarks/index.js';
import { SCALES, scaleOf } from '../evaluate/human/scales.js';
import { assertSheetName } from '../evaluate/human/write-sheet.js';
import { serverIdentity } from '../evaluate/replies/identity.js';
import { inShard } from '../evaluate/replies/shard.js';
import { browseSamples, replyLine } from '../evaluate/report/data.js';
import type { MarkedText } from '../evaluate/report/marks.js';
import { SCENE_WORLD } from '../evaluate/report/schema.js';
import { writeReport } from '../evaluate/report/write.js';
import type { Responder } from '../evaluate/responder.js';
import { RETRIEVALS, type SearchedBenchmark, searchRows } from '../evaluate/retrieval-run.js';
import { answerBenchmarks, type BenchRecord, type BenchResult, runBenchmarks } from '../evaluate/runner.js';
import { writeSampleLog } from '../evaluate/sample-log.js';
import { worldScenes } from '../evaluate/world-source.js';
import { worldAmber } from '../trust/world-amber.js';
import { checkWorldClaims } from '../trust/world-claims.js';
import { writeAtomic } from '../util/fs.js';
import { loadSprites } from '../world/render.js';
import { SPLITS, type Split } from '../world/scene.js';
import { benchmarkList } from './bench-list.js';
import { chainArgs, readChainArgs } from './chain-options.js';
import { adapterArgs, readAdapters } from './conversation.js';
import { demoArgs, openShown, readDemoArgs } from './demo-options.js';
import { chainedResponder } from './eval-chain.js';
import { refuseWithSweep, sweepDemos, sweepTable } from './eval-demos.js';
import { asChild, runProcesses } from './eval-processes.js';
import { otherResponder, recordedNotes, responderArgs } from './eval-responder.js';
import { faultLines, identityOf, openRun, readRunArgs, runArgs, showProgress } from './eval-run.js';
import { fetchAdapters, fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { checkJudgeOption, type Held, judgeFolder, judgeFrom } from './judge-option.js';
import { judgeTable } from './judge-table.js';
import { checkUsedJudge, refuseRatings, withAgreement } from './judge-used.js';
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { scoreTable } from './score-table.js';
import { sheetOfRun } from './sheet-of-run.js';
import { createProgress } from './terminal.js';

/** The benchmarks of `--bench pope,vqa`; all of them by default. */
export function chooseBenchmarks(all: readonly Benchmark[], list: string | undefined, others: readonly string[] = []): Benchmark[] {
  if (list === undefined) return [...all];
  const known = [...all.map(({ name }) => name), ...others];
  return list.split(',').map((text) => {
    const name = text.trim().replace(/^chair$/, 'caption');
    const found = all.find((benchmark) => benchmark.name === name);
    if (found) return found;
    throw usageError('there is no such benchmark', {
      place: '--bench',
      expected: known.join(', '),
      got: name || 'nothing',
      hint: others.includes(name)
        ? 'Ask for it alone'
        : known.includes(`world:${name}`)
          ? `Give its files with --data, or ask for world:${name}`
          : didYouMean(name, known),
    });
  });
}

/** Items of each task that a judge is checked on. */
const JUDGE_CHECK = 60;

/** What is measured, and where it comes from in words. */
interface Work {
  benchmarks: Benchmark[];
  /** In place of benchmarks, for encoder pairs. */
  retrieval?: { name: string; benchmark: SearchedBenchmark };
  /** Rows of each kind, where none are asked for. */
  n?: Readonly<Record<string, number>>;
  source: { name: string; description: string };
  /** Marks the claims of replies, for pages. */
  marks(): Promise<(record: BenchRecord) => MarkedText | undefined>;
}

async function worldWork(args: { bench?: string; split?: string; language?: string; judge?: string }, seed: number): Promise<Work> {
  const split = choiceOption<Split>('split', args.split, SPLITS);
  const language = choiceOption('language', args.language, ['en', 'zh']);
  const scenes = worldScenes(await loadSprites(), { seed, split, language, claims: checkWorldClaims, judged: args.judge !== undefined });
  const source = { name: SCENE_WORLD, description: `${scenes.source.description} Language ${scenes.language}.` };
  const marks = async () => (await import('./claim-marks.js')).claimMarks(scenes.source.vocabulary);
  const searched = Object.entries(WORLD_RETRIEVALS).find(([name]) => name === args.bench);
  if (searched) return { benchmarks: [], retrieval: { name: searched[0], benchmark: searched[1](scenes) }, source, marks };
  const all: Benchmark[] = [...WORLD_BENCHMARKS, ...WORLD_FORMS, worldAmber].map((open) => open(scenes));
  if (args.bench === 'all') return { benchmarks: all, source, marks, n: QUICK_ROWS };
  const own = WORLD_BENCHMARKS.map((open) => open(scenes).name).join(',');
  all.push(...WORLD_OWN.map((open) => open(scenes)));
  return { benchmarks: chooseBenchmarks(all, args.bench ?? own, Object.keys(WORLD_RETRIEVALS)), source, marks };
}

function fileWork(args: { bench?: string; data: string; images?: string; split?: string; language?: string }): Work {
  for (const name of ['split', 'language'] as const)
    if (args[name] !== undefined) throw usageError('this option is for the scene world', { place: `--${name}`, hint: 'Leave out --data' });
  const data = args.data.split(',').map((file) => file.trim());
  const all = FILE_BENCHMARKS.map((open) => open({ data, images: args.images }));
  const source = { name: data.map((file) => basename(file)).join(', '), description: `Rows of ${data.join(', ')}.` };
  const marks = async () => (await import('./claim-marks.js')).claimMarks();
  const searched = Object.entries(RETRIEVALS).find(([name]) => name === args.bench);
  if (searched)
    return { benchmarks: [], retrieval: { name: searched[0], benchmark: searched[1]({ data, images: args.images }) }, source, marks };
  return { benchmarks: chooseBenchmarks(all, args.bench ?? 'qa', Object.keys(RETRIEVALS)), source, marks };
}

/** Retrieval with the CLIP in a folder. */
async function retrieve(
  { name, benchmark }: NonNullable<Work['retrieval']>,
  folder: string,
  options: Parameters<typeof searchRows>[3],
): Promise<BenchResult> {
  const { ClipEmbedder } = await import('../serve/clip-embedder.js');
  const embedder = await ClipEmbedder.load(folder);
  try {
    return await searchRows(name, benchmark, embedder, options);
  } finally {
    await embedder.dispose();
  }
}

/** A responder that is opened when it is first asked. */
function lazyResponder(open: () => Promise<Responder>): Responder {
  let opened: Promise<Responder> | undefined;
  const get = (): Promise<Responder> => {
    opened ??= open();
    return opened;
  };
  return {
    replies: async (...asked) => (await get()).replies(...asked),
    rank: async (items, options) => (await (await get()).rank?.(items, options)) ?? [],
    scores: async (items, options) => (await (await get()).scores?.(items, options)) ?? [],
  };
}

export default defineCommand({
  meta: { name: 'eval', description: 'Measure a model over the scene world or your own data, beside its degenerate baselines' },
  args: {
    model: {
      type: 'positional',
      description: 'folder or name of a model, or the address of a server with --model-name',
      default: DEFAULT_MODEL,
    },
    ...adapterArgs,
    ...responderArgs,
    ...demoArgs,
    calibrate: { type: 'boolean', description: 'with --demos: contextual calibration where options are ranked' },
    ...chainArgs,
    bench: {
      type: 'string',
      description:
        'benchmarks, separated by commas; all: every one of the scene world; list: what there is (default: pope,vqa,caption; with --data: qa)',
      valueHint: 'LIST',
    },
    data: { type: 'string', description: 'files to measure on instead of the scene world, separated by commas', valueHint: 'FILE' },
    images: { type: 'string', description: 'folder of the images that --data names (default: that of the file)', valueHint: 'DIR' },
    n: {
      type: 'string',
      description: 'rows of each kind (default: 600 for pope, 200 for vqa and captions; all rows of files)',
      valueHint: 'N',
    },
    seed: { type: 'string', description: 'draws the scenes and the questions', default: '0', valueHint: 'N' },
    split: { type: 'string', description: `of the scene world: ${SPLITS.join(', ')} (default: test)`, valueHint: 'SPLIT' },
    language: { type: 'string', description: 'of the scene world: en or zh (default: en)', valueHint: 'LANG' },
    baselines: { type: 'boolean', description: 'measure the degenerate baselines too', default: true },
    judge: {
      type: 'string',
      description: 'rates open replies: address of an OpenAI-compatible server, folder of a model, or haelm:FOLDER',
      valueHint: 'URL|MODEL',
    },
    'judge-model': {
      type: 'string',
      description: 'name of the model at the address of --judge; its key is OPENAI_API_KEY',
      valueHint: 'NAME',
    },
    'judge-repeats': { type: 'string', description: 'how often each reply is rated (default: 1)', valueHint: 'N' },
    'judge-check': {
      type: 'string',
      description: 'items that the judge is compared with exact truth on; 0 for none (default: 60; none for --recorded)',
      valueHint: 'N',
    },
    'max-tokens': { type: 'string', description: "longest reply in tokens (default: the benchmark's own)", valueHint: 'N' },
    batch: { type: 'string', description: 'questions answered at once, as memory allows (default: 32)', valueHint: 'N' },
    out: { type: 'string', description: 'also write the result as JSON', valueHint: 'FILE' },
    replies: { type: 'string', description: 'also write every row with its reply as JSON lines', valueHint: 'FILE' },
    'log-samples': { type: 'string', description: "also write every row in lmms-eval's form into a folder", valueHint: 'DIR' },
    sheet: { type: 'string', description: 'also write a blinded sheet for people to rate, .csv or .html', valueHint: 'FILE' },
    scale: { type: 'string', description: `of the sheet: ${Object.keys(SCALES).join(', ')}`, default: 'owleval', valueHint: 'NAME' },
    report: { type: 'string', description: 'also write report.html and report.json into a folder', valueHint: 'DIR' },
    ...runArgs,
    json: { type: 'boolean', description: 'print the result as JSON' },
  },
  async run({ args, rawArgs }) {
    if (args.bench === 'list') {
      process.stdout.write(`${await benchmarkList()}\n`);
      return;
    }
    const n = numberOption('n', args.n, { min: 1, integer: true });
    const seed = numberOption('seed', args.seed, { integer: true }) as number;
    const maxTokens = numberOption('max-tokens', args['max-tokens'], { min: 1, max: 100_000, integer: true });
    const slots = numberOption('batch', args.batch, { min: 1, integer: true });
    const judgeRepeats = numberOption('judge-repeats', args['judge-repeats'], { min: 1, max: 100, integer: true });
    const plan = readRunArgs(args);
    const adapters = readAdapters(args);
    const judgeCheck = numberOption('judge-check', args['judge-check'], { min: 0, max: 100_000, integer: true });
    checkJudgeOption(args);
    const scale = scaleOf(args.scale, '--scale');
    if (args.sheet !== undefined) assertSheetName(args.sheet);
    if (args._.length > 1) throw usageError('one model at a time', { got: args._.join(' ') });
    if (args.images !== undefined && args.data === undefined)
      throw usageError('--images is the image folder of --data', { place: '--images', hint: 'Give the file of the rows with --data' });
    const { data } = args;
    const other = otherResponder({ ...args, named: args._.length > 0, adapters: adapters !== undefined, concurrency: slots });
    const demos = readDemoArgs(args, { ask: true });
    if (demos && other?.recorded) throw usageError('recorded replies are there already', { place: '--demos' });
    const compared = demos !== undefined && (demos.sweep ?? demos.selectors) !== undefined;
    if (compared) refuseWithSweep(args);
    if (args.calibrate && !demos) throw usageError('--calibrate is for demonstrations', { hint: 'Name them with --demos' });
    const choice = readChainArgs(args);
    if (choice && other?.recorded) throw usageError('recorded replies are there already', { place: '--chain' });
    const who = `${other?.name ?? args.model}${choice ? ` (${choice.chain})` : ''}`;
    const {
      benchmarks,
      retrieval,
      source,
      marks,
      n: quick,
    } = data === undefined ? await worldWork(args, seed) : fileWork({ ...args, data });
    if (retrieval && (plan.dir ?? plan.redis) !== undefined)
      throw usageError('retrieval embeds and does not reply', { place: plan.dir === undefined ? '--redis' : '--run' });
    if (other && retrieval) throw usageError('retrieval is measured with a CLIP in a folder', { place: '--bench', got: retrieval.name });
    if (demos && retrieval) throw usageError('retrieval embeds and does not reply', { place: '--demos' });
    if (other?.recorded && (plan.dir ?? plan.redis) !== undefined)
      throw usageError('recorded replies are there already', { place: plan.dir === undefined ? '--redis' : '--run' });
    if (other?.server && plan.redis !== undefined)
      throw usageError('workers load models in folders', { place: '--redis', got: args.model });
    const progress = createProgress();
    await withInterrupt(async (signal) => {
      const folder = other ? '' : await fetchModel(args.model, { signal });
      const folders = adapters && (await fetchAdapters(adapters, { signal }));
      const held: Held = [];
      try {
        // Rows are read before the model, so that a wrong file fails at once.
        const open = async (dir: string, own?: readonly string[]): Promise<Responder> => {
          const [{ Mllm }, { responderOf }] = await Promise.all([import('../generate/mllm.js'), import('../evaluate/responder.js')]);
          const model = await Mllm.load(dir, { adapters: own, signal });
          held.unshift(model);
          const responder = await responderOf(model, { slots });
          held.unshift(responder);
          return responder;
        };
        const responder = other ? await other.open(signal) : lazyResponder(() => open(folder, folders));
        const judge = judgeFrom(args, { held, slots, signal });
        refuseRatings(benchmarks, judge);
        const judgeIdentity = async () =>
          args['judge-model'] === undefined
            ? (await identityOf(await fetchModel(judgeFolder(args.judge as string), { signal }))).model
            : serverIdentity(args.judge as string, args['judge-model']);
        const identity = () =>
          other?.server ? { model: serverIdentity(...other.server), files: {} } : identityOf(folder, folders, plan.dir);
        const run = await openRun(plan, { name: who, identity, judgeIdentity }, { responder, judge }, progress.line.bind(progress));
        held.push(run);
        const shown = demos && (await openShown(demos, run.responder, { calibrate: args.calibrate, signal }));
        if (shown) held.push(shown);
        const chained =
          choice &&
          (await chainedResponder(choice, shown?.responder ?? run.responder, { held, tier: other?.server ? 'url' : 'own', seed, signal }));
        const onProgress = asChild(() => process.exit(1)) ?? showProgress(progress, plan);
        const records: BenchRecord[] = [];
        const started = performance.now();
        const options = {
          benchmarks,
          responder: chained?.responder ?? shown?.responder ?? run.responder,
          n: n ?? quick,
          seed,
          maxTokens,
          baselines: args.baselines,
          judge: run.judge,
          judgeRepeats,
          skipBad: plan.skipBad || other !== undefined, // one refusal of a server is not the end of a run
          signal,
          onProgress,
        };
        if (plan.shard && run.folder) {
          const count = await answerBenchmarks(options, inShard(run.folder.names, plan.shard));
          progress.line(`part ${args.shard}: ${count} rows are answered, in ${plan.dir}`);
          return;
        }
        if (plan.processes) {
          await runProcesses({ rawArgs, count: plan.processes, signal, onProgress });
          await run.folder?.store.refresh();
        }
        const measured = retrieval
          ? [await retrieve(retrieval, folder, { n, seed, signal, onProgress })]
          : await runBenchmarks({ ...options, onRecord: (record) => records.push(record) });
        const sweep =
          shown && compared
            ? await sweepDemos(shown.variants, measured, (own) => runBenchmarks({ ...options, responder: own, baselines: false }))
            : undefined;
        if (chained) await chained.write(records, `sensorium eval ${rawArgs.join(' ')}`);
        const check = await checkUsedJudge(run.judge, measured, {
          n: judgeCheck ?? (other?.recorded ? 0 : JUDGE_CHECK),
          seed,
          signal,
          onProgress: (done, total) => progress.update({ label: 'judge', done, total }),
          ...(plan.ask ? {} : { onMissing: () => progress.line('the check of the judge is not in the folder of the run, and left out') }),
        });
        const results = withAgreement(measured, check);
        progress.end();
        const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
        const notes = other?.recorded ? recordedNotes(other.recorded()) : [];
        for (const note of notes) progress.line(`warning: ${note}`);
        const result = {
          model: who,
          source,
          seed,
          seconds,
          benchmarks: results,
          ...(other?.recorded ? { recorded: other.recorded() } : {}),
          ...(shown ? { demos: { ...shown.about, ...(sweep ? { sweep } : {}) } } : {}),
          ...(chained ? { chain: chained.about() } : {}),
          ...(check ? { judge: check } : {}),
        };
        if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
        if (args.replies) await writeAtomic(args.replies, records.map(replyLine).join(''));
        if (args['log-samples']) await writeSampleLog(args['log-samples'], { model: who, benchmarks, results, records, maxTokens });
        if (args.sheet) await sheetOfRun(args.sheet, { model: who, records, scale, seed, signal });
        if (args.report)
          await writeReport(args.report, {
            title: who,
            source,
            seconds,
            stages: [],
            benchmarks: results,
            seed,
            command: `sensorium eval ${rawArgs.join(' ')}`,
            versions: { node: process.versions.node },
            ...(notes.length > 0 ? { notes } : {}),
            ...(await browseSamples(records, { benchmarks, marks: await marks(), signal })),
          });
        const head = source.name === SCENE_WORLD ? 'the scene world' : source.name;
        if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
        else
          process.stdout.write(
            `${who} on ${head}. ${source.description}\n\n${scoreTable(results)}\n${sweep ? `\n${sweepTable(sweep)}\n` : ''}${faultLines(results)}${check ? `\n${judgeTable(check, { details: false })}\n` : ''}`,
          );
      } finally {
        progress.end();
        for (const item of held) await item.dispose();
      }
    });
  },
});
