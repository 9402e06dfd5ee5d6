// `mpirun -n N sensorium sft`: the losses of one process, kill -9 of a rank, SIGUSR1, resume, and two network namespaces with their own addresses.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Ended, type JobOptions, type Line, pidOfRank, sensorium, whyNoMpi } from './mpirun.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-mpi-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const STEPS = 6;

/** Fine-tunes the small model in a folder of `dir`. */
function sft(out: string, { more = [], ...options }: JobOptions & { more?: readonly string[] }): Promise<Ended> {
  const args = ['sft', 'models/sensorium-tiny', '--data', 'examples/finetune/test.json', '--lora', '4', '--steps', String(STEPS)];
  return sensorium([...args, '--batch', '4', '--holdout', '4', '--out', join(dir, out), ...more], options);
}

/** Losses of the steps, and those of the held-out rows. */
function losses({ lines }: Ended): number[] {
  return lines.flatMap(({ type, loss }) => ((type === 'step' || type === 'held-out') && loss !== undefined ? [loss] : []));
}

function close(run: Ended, other: Ended): void {
  expect(run.text).not.toMatch(/error:/);
  expect(run.code).toBe(0);
  const [a, b] = [losses(run), losses(other)];
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(2);
  expect(Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))))).toBeLessThan(1e-4);
}

const adapter = (out: string): Promise<Buffer> => readFile(join(dir, out, 'adapter', 'adapter_model.safetensors'));

const noMpi = whyNoMpi();
describe.skipIf(noMpi)(`several processes${noMpi ? `: skipped, ${noMpi}` : ''}`, () => {
  let alone: Ended;

  it('2 and 4 of them have the losses of one, with whole moments and with shards', async () => {
    alone = await sft('one', { ranks: 1 });
    expect(alone.code).toBe(0);
    const two = await sft('two', { ranks: 2 });
    close(two, alone);
    expect(two.lines.filter(({ type }) => type === 'result')).toHaveLength(1);
    close(await sft('zero', { ranks: 2, more: ['--zero', '1'] }), alone);
    close(await sft('four', { ranks: 4, more: ['--zero', '1'] }), alone);
  });

  it('one that is killed ends the job, is named, and costs nothing', async () => {
    const kill = (line: Line, child: ChildProcess): void => {
      if (line.type === 'held-out' && line.step === 3) process.kill(pidOfRank(1, child.pid as number), 'SIGKILL');
    };
    const killed = await sft('killed', { ranks: 2, onLine: kill });
    expect(killed.code).not.toBe(0);
    expect(killed.text).toMatch(/rank 1 has ended/);
    const last = killed.lines.filter(({ type }) => type === 'checkpoint').at(-1);
    expect(killed.text).toContain(last?.path);
    const resumed = await sft('killed', { ranks: 2, more: ['--resume'] });
    expect(resumed.code).toBe(0);
    expect((await adapter('killed')).equals(await adapter('two'))).toBe(true);
  });

  it('all stop after the step at SIGUSR1, and another number of them goes on', async () => {
    const stop = (line: Line, child: ChildProcess): void => {
      if (line.type === 'held-out' && line.step === 3) child.kill('SIGUSR1');
    };
    const stopped = await sft('stopped', { ranks: 2, onLine: stop });
    expect(stopped.code).not.toBe(0);
    expect(stopped.lines.at(-1)?.type).toBe('interrupted');
    const resumed = await sft('stopped', { ranks: 1, more: ['--resume'] });
    expect(resumed.code).toBe(0);
    // The losses of steps are means since the last line, which a stop begins anew: those of held-out rows are of one state.
    const heldOut = ({ lines }: Ended): Map<unknown, number> =>
      new Map(lines.flatMap(({ type, step, loss }) => (type === 'held-out' && loss !== undefined ? [[step, loss]] : [])));
    const whole = heldOut(alone);
    const rest = [...heldOut(resumed)];
    expect(rest.length).toBeGreaterThan(0);
    for (const [step, loss] of rest) expect(Math.abs(loss - (whole.get(step) as number)), `step ${step}`).toBeLessThan(1e-4);
  });

  it('an error of one is that of all, and is reported once', async () => {
    const failed = await sft('failed', { ranks: 2, more: ['--batch', '1'] });
    expect(failed.code).toBe(0); // one rank has nothing to do in steps of one row
    const refused = await sft('two', { ranks: 2 });
    expect(refused.code).not.toBe(0);
    expect(refused.text.match(/error:/g)).toHaveLength(1);
  });
});

/** Why tests over network namespaces are skipped here. */
function whyNoNamespaces(): string | undefined {
  if (noMpi) return noMpi;
  try {
    execFileSync('ip', ['netns', 'add', 'sensorium-probe'], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', 'sensorium-probe'], { stdio: 'ignore' });
    execFileSync('unshare', ['--uts', 'hostname', 'sensorium-probe'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'network namespaces need root, and the programs ip and unshare';
  }
}

const noNamespaces = whyNoNamespaces();
describe.skipIf(noNamespaces)(`two machines${noNamespaces ? `: skipped, ${noNamespaces}` : ''}`, () => {
  const spaces = [`sensorium-a-${process.pid}`, `sensorium-b-${process.pid}`] as const;
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'inherit' });
  afterAll(() => {
    for (const space of spaces) execFileSync('ip', ['netns', 'del', space]);
  });

  it('with addresses of their own have the losses of one process', async () => {
    const [a, b] = spaces;
    const [va, vb] = [`sa${process.pid}`, `sb${process.pid}`];
    for (const space of spaces) ip('netns', 'add', space);
    ip('link', 'add', va, 'netns', a, 'type', 'veth', 'peer', 'name', vb, 'netns', b);
    for (const [space, link, address] of [
      [a, va, '10.177.0.1/24'],
      [b, vb, '10.177.0.2/24'],
    ] as const) {
      ip('-n', space, 'addr', 'add', address, 'dev', link);
      ip('-n', space, 'link', 'set', link, 'up');
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
    // In place of ssh: a command on the other machine, which has a name of its own.
    const agent = join(dir, 'agent.sh');
    await writeFile(agent, `#!/bin/sh\nshift\nexec ip netns exec ${b} unshare --uts sh -c "hostname machine-b; $*"\n`);
    await chmod(agent, 0o755);
    const mca = ['plm_rsh_agent', agent, 'btl', 'tcp,self', 'btl_tcp_if_include', '10.177.0.0/24', 'oob_tcp_if_include', '10.177.0.0/24'];
    const two = await sft('machines', {
      ranks: 2,
      within: ['ip', 'netns', 'exec', a, 'unshare', '--uts', 'sh', '-c', 'hostname machine-a; exec "$@"', 'sh'],
      mpirun: [
        '--host',
        '10.177.0.1:1,10.177.0.2:1',
        ...mca.flatMap((word, i) => (i % 2 === 0 ? ['--mca', word, mca[i + 1] as string] : [])),
      ],
    });
    close(two, await sft('machine', { ranks: 1 }));
  });
});
