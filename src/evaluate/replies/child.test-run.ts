// Run by tests in a process of its own: the toy benchmark with the folder of a run, or as a worker of a queue, until it is told to die.
// Arguments as JSON: { dir, size, shard?, dieAt?, worker?: the address of a Redis server, holdAt? }. Prints JSON lines.

import { answerBenchmarks, runBenchmarks } from '../runner.js';
import { startWorker } from './queue-worker.js';
import { RunFolder } from './run-folder.js';
import { inShard, parseShard } from './shard.js';
import { TOY, toyBenchmark, toyJudge, toyResponder } from './toy-testing.js';

interface Task {
  dir: string;
  size: number;
  shard?: string;
  /** Kills this process when so many conversations have been asked. */
  dieAt?: number;
  worker?: string;
  /** A worker says so when it is asked for the so-manyth time, and answers nothing any more. */
  holdAt?: number;
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const responder = toyResponder(async (asked) => {
  if (asked === task.dieAt) process.kill(process.pid, 'SIGKILL');
  if (task.holdAt === undefined || asked < task.holdAt) return;
  if (asked === task.holdAt) say({ holds: asked });
  await new Promise(() => {});
});

if (task.worker) {
  await startWorker({ url: task.worker, model: TOY, responder, slots: 4, lock: 1000, deaths: 1000 });
  say({ ready: true });
  process.stdin.resume(); // it lives until it is killed
} else {
  const judge = toyJudge();
  const folder = await RunFolder.open(task.dir, { name: 'toy', model: TOY });
  const options = {
    benchmarks: [toyBenchmark(task.size)],
    responder: folder.responder(responder),
    judge: folder.judge(judge, { judge: 1 }),
    judgeRepeats: 2,
    batchSize: 100,
  };
  const result = task.shard ? await answerBenchmarks(options, inShard(folder.names, parseShard(task.shard))) : await runBenchmarks(options);
  await folder.close();
  say({ result, asked: responder.asked, ranked: responder.ranked, judged: judge.asked });
}
