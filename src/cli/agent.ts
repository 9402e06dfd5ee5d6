// `sensorium agent "task" --image FILE`: a task done by an agent, with its steps as a page.

import { type ArgsDef, defineCommand } from 'citty';
import { type AgentTask, agentOf, allAgents, runAgent, type TraceStep, tracePage } from '../agents/index.js';
import { openImage } from '../media/image.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { packageVersion } from '../util/package.js';
import { inputArgs, readInputs } from './agent-inputs.js';
import { type AgentArgs, agentArgs, checkPlanner, equipmentOf, openPlanner } from './agent-options.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import type { Held } from './judge-option.js';
import { EXIT, usageError } from './report.js';
import { alignColumns, scoreTable } from './score-table.js';
import { createProgress } from './terminal.js';

const args = {
  task: { type: 'positional', description: 'what is to be done or answered, in quotes', required: false, valueHint: 'TASK' },
  image: { type: 'string', description: 'image files, separated by commas', valueHint: 'FILES' },
  url: { type: 'string', description: 'address of a page, for agents that use a browser', valueHint: 'URL' },
  yes: { type: 'boolean', description: 'act without asking: buy, send and delete on a page, call tools that act' },
  documents: { type: 'string', description: 'what `sensorium gui explore` wrote about the page', valueHint: 'FILE' },
  agent: { type: 'string', description: 'which agent (see --list)', default: 'visprog', valueHint: 'NAME' },
  ...inputArgs,
  ...agentArgs,
  'max-calls': { type: 'string', description: 'calls of tools at most (default: 32)', valueHint: 'N' },
  'max-replies': { type: 'string', description: 'replies of models at most (default: 64)', valueHint: 'N' },
  'max-seconds': { type: 'string', description: 'seconds at most (default: 300)', valueHint: 'S' },
  trace: { type: 'string', description: 'write all steps with their pictures as a page', valueHint: 'FILE' },
  bench: {
    type: 'string',
    description: 'measure the agent on benchmarks of the scene world, such as world:compositional',
    valueHint: 'NAMES',
  },
  n: { type: 'string', description: 'rows of each kind of a benchmark', valueHint: 'N' },
  seed: { type: 'string', description: 'seed of the scenes (default: 0)', valueHint: 'N' },
  baselines: { type: 'boolean', description: 'with --bench: beside the trivial baselines, also over the mean image' },
  out: { type: 'string', description: 'with --bench: write the scores as JSON', valueHint: 'FILE' },
  list: { type: 'boolean', description: 'list the agents' },
  json: { type: 'boolean', description: 'print one JSON object with the trace' },
} satisfies ArgsDef;

/** What is confirmed and known of a page. */
async function pageOptions({ yes, documents }: { yes?: boolean; documents?: string }): Promise<Pick<AgentTask, 'confirm' | 'documents'>> {
  const confirm = async (what: string): Promise<boolean> => {
    if (yes || !process.stdin.isTTY) return yes === true;
    const { createInterface } = await import('node:readline/promises');
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await lines.question(`  ${what}? [y/N] `).finally(() => lines.close());
    return /^y(es)?$/i.test(answer.trim());
  };
  return { confirm, ...(documents === undefined ? {} : { documents: await readJson(documents) }) };
}

/** A step as a line. */
export function stepLine({ kind, name, text, output, error }: TraceStep): string {
  const value = error ? `${error.code}: ${error.message}` : output === undefined ? '' : `→ ${JSON.stringify(output).slice(0, 160)}`;
  return [`  ${kind === 'call' ? '' : `${kind}: `}${(text ?? name).replaceAll('\n', '\n    ')}`, value].filter(Boolean).join('  ');
}

/** The agents as aligned lines. */
export const agentLines = (): string =>
  alignColumns(
    allAgents().map(({ name, tiers, about }) => [name, tiers.join(', '), about]),
    'words',
  );

type BudgetArgs = { 'max-calls'?: string; 'max-replies'?: string; 'max-seconds'?: string };
const budgetOf = (given: BudgetArgs) => ({
  maxCalls: numberOption('max-calls', given['max-calls'], { min: 1, max: 10_000, integer: true }),
  maxReplies: numberOption('max-replies', given['max-replies'], { min: 1, max: 10_000, integer: true }),
  maxSeconds: numberOption('max-seconds', given['max-seconds'], { min: 0.1, max: 86_400 }),
});

type BenchArgs = AgentArgs & BudgetArgs & { agent: string; n?: string; seed?: string; baselines?: boolean; out?: string; json?: boolean };

/** `--bench`. */
async function measure(given: BenchArgs, bench: string): Promise<void> {
  const agent = agentOf(given.agent);
  checkPlanner(given);
  const n = numberOption('n', given.n, { min: 1, max: 100_000, integer: true });
  const seed = numberOption('seed', given.seed, { min: 0, integer: true });
  const { agentBench } = await import('./agent-bench.js');
  await withInterrupt(async (signal) => {
    const held: Held = [];
    const progress = createProgress();
    try {
      let done = 0;
      const result = await agentBench({
        benches: bench.split(',').map((name) => name.trim()),
        agent,
        planner: await openPlanner(given, agent, { held, signal }),
        equipment: equipmentOf(given, { held, signal }),
        budget: budgetOf(given),
        ...{ n, seed, signal, baselines: given.baselines },
        onTrace: () => progress.update({ label: agent.name, done: ++done, note: 'tasks' }),
      });
      progress.end();
      if (given.out) await writeAtomic(given.out, `${JSON.stringify(result, null, 2)}\n`);
      const { programs, failed } = result;
      const notes = `valid programs: ${programs.valid} of ${programs.n}; tasks without an answer: ${JSON.stringify(failed)}`;
      process.stdout.write(
        given.json
          ? `${JSON.stringify(result)}\n`
          : `${agent.name}, planned by ${result.planner}. ${result.source}\n\n${scoreTable(result.results)}\n${notes}\n`,
      );
    } finally {
      progress.end();
      for (const one of held) await one.dispose();
    }
  });
}

export default defineCommand({
  meta: { name: 'agent', description: 'Do a task with an agent: a program, tools, a plan, over images or a page' },
  args,
  async run({ args, rawArgs }) {
    if (args.list) {
      const rows = allAgents().map(({ name, about, tiers }) => ({ name, about, tiers }));
      process.stdout.write(`${args.json ? JSON.stringify(rows) : agentLines()}\n`);
      return;
    }
    if (args.bench !== undefined) {
      await measure(args, args.bench);
      return;
    }
    const [task, ...more] = args._;
    if (task === undefined || task.trim() === '' || more.length > 0)
      throw usageError(more.length > 0 ? 'one task at a time' : 'no task', {
        expected: 'sensorium agent "task" --image FILE',
        hint: more.length > 0 ? 'Put the task in quotes, and the images behind --image' : undefined,
      });
    const agent = agentOf(args.url !== undefined && !rawArgs.some((one) => /^--agent(=|$)/.test(one)) ? 'gui' : args.agent);
    checkPlanner(args);
    const budget = budgetOf(args);
    await withInterrupt(async (signal) => {
      const files = (args.image ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean);
      const images = await Promise.all(files.map(async (origin) => ({ image: await openImage(origin, {}, signal), origin })));
      const held: Held = [];
      try {
        const inputs = await readInputs(args, { held, signal });
        const planner = await openPlanner(args, agent, { held, signal });
        const { trace, workspace } = await runAgent(
          agent,
          {
            ...inputs.task,
            text: task,
            images: [...images, ...inputs.frames],
            ...(args.url === undefined ? {} : { url: args.url }),
            ...(await pageOptions(args)),
          },
          {
            planner,
            tools: inputs.tools,
            allow: inputs.allow,
            equipment: equipmentOf(args, { held, signal }),
            budget,
            signal,
            onStep: args.json ? undefined : (step) => void process.stderr.write(`${stepLine(step)}\n`),
          },
        );
        if (args.trace) {
          const command = `sensorium agent ${JSON.stringify(task)}${files.length > 0 ? ` --image ${files.join(',')}` : ''} --agent ${agent.name} --planner ${planner.name}`;
          await writeAtomic(args.trace, await tracePage(trace, workspace, { command, versions: { sensorium: packageVersion() } }));
        }
        if (args.json) process.stdout.write(`${JSON.stringify({ ...trace, planner: planner.name })}\n`);
        else if (trace.answer !== undefined) process.stdout.write(`${trace.answer}\n`);
        if (trace.failed) {
          if (!args.json) process.stderr.write(`error: ${trace.failed.message}\n`);
          process.exitCode = EXIT.error;
        }
      } finally {
        for (const one of held) await one.dispose();
      }
    });
  },
});
