// Where ONNX Runtime puts the nodes of a program: which of them run on the CPU although the program was made for a device.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCEPTED_FALLBACKS, type Parameter, type Tensor } from '../../src/graph/index.js';
import { type CompileOptions, compile } from '../../src/runtime/compile.js';
import type { Runtime } from '../../src/runtime/runtime.js';
import type { HostTensor } from '../../src/util/host.js';

/** Creation fails where a node would be put on the CPU. */
const NO_FALLBACK = { 'session.disable_cpu_ep_fallback': '1' };

/** What a program gave and which of its nodes ran on the CPU, as `opType name`. */
export interface Placed {
  readonly values: Record<string, HostTensor>;
  readonly onCpu: readonly string[];
}

/** One event of ONNX Runtime's profile. */
interface ProfileEvent {
  cat?: string;
  name?: string;
  args?: { op_name?: string; provider?: string; output_type_shape?: readonly Record<string, readonly number[]>[] };
}

/** Shapes are read and computed on the host whatever the device: a few whole numbers, for which no data cross. */
function isShape({ args }: ProfileEvent): boolean {
  const outputs = (args?.output_type_shape ?? []).flatMap((o) => Object.entries(o));
  return outputs.length > 0 && outputs.every(([dtype, shape]) => dtype === 'int64' && shape.reduce((n, d) => n * d, 1) <= 16);
}

/** Without the nodes of ops whose fallback is accepted. */
const unaccepted = (nodes: readonly string[]): string[] =>
  nodes.filter((n) => !Object.keys(ACCEPTED_FALLBACKS).some((op) => n.includes(op)));

/** A runtime on a device that keeps account of where the nodes of its programs ran. */
export interface Watched {
  readonly runtime: Runtime;
  /**
   * Once the programs are disposed of: nodes that ran on the CPU, as `opType name`, without those that compute shapes or are listed as accepted;
   * and how many different nodes ran on the device. Ends the account.
   */
  placed(): { onCpu: string[]; onDevice: number };
}

/** Watches the programs that are loaded through the runtime it gives. */
export function watched(runtime: Runtime): Watched {
  const dir = mkdtempSync(join(tmpdir(), 'placement-'));
  let programs = 0;
  const load: Runtime['load'] = (model, options) => runtime.load(model, { ...options, profile: join(dir, String(programs++)) });
  return {
    runtime: Object.create(runtime, { load: { value: load } }) as Runtime,
    placed() {
      const texts = readdirSync(dir).map((file) => readFileSync(join(dir, file), 'utf8'));
      // The two programs that move rows of caches stay with their runtime: their profiles have no end yet.
      const ended = texts.filter((text) => text.trimEnd().endsWith(']'));
      const events = ended.flatMap((text) => JSON.parse(text) as ProfileEvent[]);
      rmSync(dir, { recursive: true });
      const ran = events.filter((e) => e.cat === 'Node' && e.args?.provider);
      const named = (these: readonly ProfileEvent[]): string[] => [
        ...new Set(these.map(({ name, args }) => `${args?.op_name} ${name?.replace(/_kernel_time$/, '')}`)),
      ];
      const onCpu = ran.filter((e) => e.args?.provider === 'CPUExecutionProvider');
      return {
        onCpu: unaccepted(named(onCpu.filter((e) => !isShape(e)))),
        onDevice: named(ran.filter((e) => !onCpu.includes(e))).length,
      };
    },
  };
}

/** Compiles and runs a graph on a device. Programs without a node on the CPU are told by their creation; for the others a profile names the nodes. */
export async function place(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, HostTensor>>,
  options: CompileOptions & { runtime: Runtime; frozen?: ReadonlyMap<Parameter, HostTensor> },
): Promise<Placed> {
  try {
    const program = await compile(outputs, { ...options, config: { ...options.config, ...NO_FALLBACK } });
    try {
      return { values: await program.run(only(program.inputs, feeds)), onCpu: [] };
    } finally {
      program.dispose();
    }
  } catch (error) {
    if (!(error as Error).message.includes('fallback to CPU EP has been explicitly disabled')) throw error;
  }
  const { runtime, placed } = watched(options.runtime);
  const program = await compile(outputs, { ...options, runtime });
  let values: Record<string, HostTensor>;
  try {
    values = await program.run(only(program.inputs, feeds));
  } finally {
    program.dispose();
  }
  return { values, onCpu: placed().onCpu };
}

/** The feeds that a program takes. */
export const only = (inputs: readonly { name: string }[], feeds: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> =>
  Object.fromEntries(inputs.flatMap(({ name }) => (feeds[name] ? [[name, feeds[name] as HostTensor]] : [])));
