// `sensorium embodied bench`: planners that rearrange the rooms of held-out scenes, checked by the simulator.

import { type ArgsDef, defineCommand } from 'citty';
import {
  embodied,
  emptyPlan,
  grammarRoomPlanner,
  modelRoomPlanner,
  type RoomPlanner,
  randomPlan,
  roomTasks,
  runRoomBench,
  type Write,
} from '../agents/index.js';
import { writeAtomic } from '../util/fs.js';
import { agentArgs, checkPlanner, openPlanner } from './agent-options.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import type { Held } from './judge-option.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';

const POLICIES = ['empty', 'random', 'grammar', 'own', 'url'] as const;

const benchArgs = {
  policy: { type: 'string', description: `${POLICIES.join(', ')}; several by commas`, default: 'empty,random,grammar', valueHint: 'NAMES' },
  planner: { ...agentArgs.planner, description: 'folder of the model for own, address of the server for url' },
  'planner-model': agentArgs['planner-model'],
  n: { type: 'string', description: 'tasks', default: '100', valueHint: 'N' },
  seed: { type: 'string', description: 'seed of the rooms (training takes 1000)', default: '0', valueHint: 'N' },
  out: { type: 'string', description: 'write the scores as JSON', valueHint: 'FILE' },
  json: { type: 'boolean', description: 'print the scores as JSON' },
} satisfies ArgsDef;

const benchCommand = defineCommand({
  meta: { name: 'bench', description: 'Plans for tasks over scenes of the world; success by the room at the end' },
  args: benchArgs,
  async run({ args }) {
    const names = args.policy.split(',').map((name) => choiceOption('policy', name.trim(), POLICIES) as (typeof POLICIES)[number]);
    const count = numberOption('n', args.n, { min: 1, max: 100_000, integer: true });
    const seed = numberOption('seed', args.seed, { min: 0, integer: true });
    checkPlanner(args);
    const tasks = roomTasks({ count, seed });
    const progress = createProgress();
    const scores = await withInterrupt(async (signal) => {
      const held: Held = [];
      try {
        const all = [];
        for (const name of names) {
          const planner = await plannerOf(name, args, { held, signal });
          all.push(
            await runRoomBench(name, planner, tasks, {
              signal,
              onTask: (done) => progress.update({ label: name, done, total: tasks.length }),
            }),
          );
        }
        return all;
      } finally {
        for (const one of held) await one.dispose();
      }
    }).finally(() => progress.end());
    const result = {
      what: 'rearranging the rooms of held-out scenes (scene world): all goals hold at the end of the plan',
      command: `sensorium embodied bench --policy ${args.policy} --n ${tasks.length} --seed ${args.seed}${args.planner ? ` --planner ${args.planner}` : ''}`,
      date: new Date().toISOString().slice(0, 10),
      scores,
    };
    if (args.out) await writeAtomic(args.out, `${JSON.stringify(result, null, 2)}\n`);
    const cell = ({ value, low, high }: { value: number; low: number; high: number }) =>
      `${value.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
    const rows = scores.map(({ planner, tier, success, one, chain, valid }) => [
      planner,
      tier,
      cell(success),
      cell(one),
      cell(chain),
      cell(valid),
    ]);
    process.stdout.write(
      args.json
        ? `${JSON.stringify(result)}\n`
        : `${alignColumns([['planner', 'tier', 'success', 'one goal', 'two goals', 'valid plans'], ...rows])}\n`,
    );
  },
});

async function plannerOf(
  name: (typeof POLICIES)[number],
  args: { planner?: string; 'planner-model'?: string },
  o: { held: Held; signal: AbortSignal },
): Promise<RoomPlanner> {
  if (name === 'empty') return emptyPlan;
  if (name === 'random') return randomPlan();
  if (name === 'grammar') return grammarRoomPlanner;
  const { write } = await openPlanner({ ...args, planner: args.planner ?? name }, embodied, o);
  return modelRoomPlanner(write as Write, name);
}

export default defineCommand({
  meta: { name: 'embodied', description: 'Agents that rearrange rooms: their benchmark' },
  subCommands: { bench: benchCommand },
});
