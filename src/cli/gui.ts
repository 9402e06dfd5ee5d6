// `sensorium gui`: the benchmark of GUI agents over the apps of the package, and exploring a page.

import { join } from 'node:path';
import { type ArgsDef, defineCommand } from 'citty';
import {
  APPS,
  documentsPage,
  type Episode,
  explore,
  GuiDevice,
  type GuiDocuments,
  type GuiPolicy,
  type GuiRecord,
  type GuiTask,
  grammarPolicy,
  guiScores,
  guiTasks,
  launchBrowser,
  noop,
  ownPolicy,
  PAGE_INJECTIONS,
  pixelPolicy,
  randomPolicy,
  risky,
  runGuiBench,
  tracePage,
  urlPolicy,
  VirtualDevice,
} from '../agents/index.js';
import { appendJsonl, readJsonl, writeAtomic } from '../util/fs.js';
import { packageVersion } from '../util/package.js';
import { agentArgs, checkPlanner, openPlanner } from './agent-options.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import type { Held } from './judge-option.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';

const POLICIES = ['grammar', 'documents', 'random', 'no-op', 'own', 'pixels', 'url'] as const;

const benchArgs = {
  policy: {
    type: 'string',
    description: `${POLICIES.join(', ')}; several by commas`,
    default: 'no-op,random,grammar,documents',
    valueHint: 'NAMES',
  },
  planner: { ...agentArgs.planner, description: 'folder of the model for own and pixels, address of the server for url' },
  'planner-model': agentArgs['planner-model'],
  seeds: { type: 'string', description: 'tasks of how many seeds: 60 each', default: '1', valueHint: 'N' },
  apps: { type: 'string', description: `some of ${APPS.map(({ name }) => name).join(', ')} (default: all)`, valueHint: 'NAMES' },
  inject: { type: 'boolean', description: 'put orders of an attacker on every page, and count those that are followed' },
  virtual: { type: 'boolean', description: 'without a browser: the apps over objects, to try things out' },
  dir: {
    type: 'string',
    description: 'folder of the run: records, from which it is taken up again',
    default: 'runs/gui',
    valueHint: 'DIR',
  },
  traces: { type: 'boolean', description: 'write every task as a page with screenshots into the folder' },
  out: { type: 'string', description: 'write the scores as JSON', valueHint: 'FILE' },
  json: { type: 'boolean', description: 'print the scores as JSON' },
} satisfies ArgsDef;

const fileName = (id: string): string => id.replace(/[^\w.-]+/g, '-');

const benchCommand = defineCommand({
  meta: { name: 'bench', description: 'Run the tasks of the apps in Chromium; success is read off the state of the page' },
  args: benchArgs,
  async run({ args }) {
    const names = args.policy.split(',').map((name) => choiceOption('policy', name.trim(), POLICIES) as (typeof POLICIES)[number]);
    const seeds = numberOption('seeds', args.seeds, { min: 1, max: 1000, integer: true }) as number;
    const wanted = args.apps?.split(',').map((name) =>
      choiceOption(
        'apps',
        name.trim(),
        APPS.map((app) => app.name),
      ),
    );
    if (args.virtual && (args.inject || args.traces || names.includes('url')))
      throw usageError('without a browser there are no pixels and no attackers', { place: '--virtual' });
    checkPlanner(args);
    const tasks = guiTasks({
      seeds: Array.from({ length: seeds }, (_, i) => i),
      apps: APPS.filter(({ name }) => !wanted || wanted.includes(name)),
    });
    const progress = createProgress();
    const scores = await withInterrupt(async (signal) => {
      const held: Held = [];
      const browser = args.virtual ? undefined : await launchBrowser();
      try {
        const policies = new Map<string, (task: GuiTask) => Promise<GuiPolicy>>();
        for (const name of names) policies.set(name, await policyMaker(name, args, { held, signal }));
        const all = [];
        for (const [name, policy] of policies) {
          const file = join(args.dir, `${fileName(`${name}${args.inject ? '-injected' : ''}${args.virtual ? '-virtual' : ''}`)}.jsonl`);
          const known = await readJsonl<GuiRecord>(file).catch((error: { code?: string }) => {
            if (error.code === 'util.missing') return [];
            throw error;
          });
          let right = 0;
          const records = await runGuiBench({
            tasks,
            policy,
            known,
            signal,
            screenshots: args.traces,
            open: async (task, injection) => (browser ? GuiDevice.app(browser, task, { extra: injection?.html }) : new VirtualDevice(task)),
            ...(args.inject
              ? { injection: (_, i) => PAGE_INJECTIONS[i % PAGE_INJECTIONS.length] as (typeof PAGE_INJECTIONS)[number] }
              : {}),
            onRecord: async (record, i, episode) => {
              if (record.success) right++;
              if (episode) await appendJsonl(file, record);
              if (episode && args.traces) await writeTrace(args.dir, name, record, episode);
              progress.update({ label: name, done: i + 1, total: tasks.length, note: `${right} done` });
            },
          });
          all.push({ ...guiScores(records), policy: name });
        }
        return all;
      } finally {
        for (const one of held) await one.dispose();
        await browser?.close();
      }
    }).finally(() => progress.end());
    const result = {
      what: `GUI tasks in ${new Set(tasks.map(({ app }) => app.name)).size} apps of this package, success by the state of the page${args.inject ? '; every page gives orders of an attacker' : ''}`,
      device: args.virtual ? 'objects in place of a browser' : 'Chromium',
      command: `sensorium gui bench --policy ${args.policy} --seeds ${seeds}${args.inject ? ' --inject' : ''}${args.virtual ? ' --virtual' : ''}${args.planner ? ` --planner ${args.planner}` : ''}`,
      date: new Date().toISOString().slice(0, 10),
      tasks: tasks.length,
      scores,
    };
    if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
    process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `${table(scores)}\n`);
  },
});

async function writeTrace(dir: string, name: string, { id }: GuiRecord, { trace, workspace }: Episode): Promise<void> {
  const page = await tracePage(trace, workspace, {
    command: `sensorium gui bench --policy ${name} --traces`,
    versions: { sensorium: packageVersion() },
  });
  await writeAtomic(join(dir, 'traces', `${fileName(`${name}-${id}`)}.html`), page);
}

/** How a policy is made for each task. Documents are found out on another seed of the same app. */
async function policyMaker(
  name: (typeof POLICIES)[number],
  args: { planner?: string; 'planner-model'?: string },
  o: { held: Held; signal: AbortSignal },
): Promise<(task: GuiTask) => Promise<GuiPolicy>> {
  switch (name) {
    case 'grammar':
      return async () => grammarPolicy();
    case 'random':
      return async ({ id }) => randomPolicy([...id].reduce((sum, c) => (31 * sum + c.charCodeAt(0)) | 0, 0));
    case 'no-op':
      return async () => noop();
    case 'documents': {
      const known = new Map<string, GuiDocuments>();
      return async ({ app }) => {
        const found = known.get(app.name) ?? (await explored(app.name));
        known.set(app.name, found);
        return grammarPolicy({ documents: found });
      };
    }
    default: {
      const { gui } = await import('../agents/index.js');
      const planner = await openPlanner({ ...args, planner: args.planner ?? name }, gui, o);
      const write: Parameters<typeof ownPolicy>[0] = async (messages, options) =>
        (planner.write as NonNullable<typeof planner.write>)(messages, options);
      const make = { own: ownPolicy, pixels: pixelPolicy, url: urlPolicy }[name];
      return async () => make(write);
    }
  }
}

/** Documents of an app, found out on a state that no task has. */
function explored(name: string): Promise<GuiDocuments> {
  const [task] = guiTasks({ apps: APPS.filter((app) => app.name === name), seeds: [500] });
  return explore(async () => new VirtualDevice(task as GuiTask), { of: name, steps: 60 });
}

const cell = ({ value, low, high, n }: { value: number; low: number; high: number; n: number }): string =>
  n === 0 ? '' : `${value.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;

const table = (scores: readonly ReturnType<typeof guiScores>[]): string =>
  alignColumns([
    ['policy', 'tier', 'all', 'seen apps', 'held-out apps', 'steps', ...(scores[0]?.notFollowed ? ['orders not followed'] : [])],
    ...scores.map(({ policy, tier, all, seen, heldOut, meanSteps, notFollowed }) => [
      policy,
      tier,
      cell(all),
      cell(seen),
      cell(heldOut),
      meanSteps.toFixed(1),
      ...(notFollowed ? [cell(notFollowed)] : []),
    ]),
  ]);

const exploreCommand = defineCommand({
  meta: { name: 'explore', description: 'Explore a page and write down what its elements do (AppAgent); risky ones are not tapped' },
  args: {
    url: { type: 'positional', description: 'address of the page', required: true, valueHint: 'URL' },
    steps: { type: 'string', description: 'taps in all', default: '40', valueHint: 'N' },
    seed: { type: 'string', description: 'seed of the order', default: '0', valueHint: 'N' },
    out: { type: 'string', description: 'JSON file of the documents; FILE.md beside it is for people', required: true, valueHint: 'FILE' },
  },
  async run({ args }) {
    const steps = numberOption('steps', args.steps, { min: 1, max: 10_000, integer: true });
    const seed = numberOption('seed', args.seed, { min: 0, integer: true });
    await withInterrupt(async (signal) => {
      const browser = await launchBrowser();
      try {
        const documents = await explore(() => GuiDevice.open(browser, args.url), {
          of: args.url,
          steps,
          seed,
          signal,
          avoid: (element) => risky({ action: 'tap', element: element.number }, element),
        });
        await writeAtomic(args.out, `${JSON.stringify(documents, null, 2)}\n`);
        await writeAtomic(`${args.out.replace(/\.json$/, '')}.md`, documentsPage(documents));
        process.stdout.write(`${Object.keys(documents.elements).length} elements in ${args.out}\n`);
      } finally {
        await browser.close();
      }
    });
  },
});

export default defineCommand({
  meta: { name: 'gui', description: 'Agents that use pages: their benchmark, and exploring' },
  subCommands: { bench: benchCommand, explore: exploreCommand },
});
