// From named output tensors to a program that runs: lower the graph, load it on a runtime, supply frozen parameters by name.

import {
  type Lowered,
  type LowerOptions,
  type LowerTarget,
  lower,
  PackedTensor,
  Parameter,
  packedRewrites,
  type Tensor,
  topological,
  trainingRewrites,
  webgpuTarget,
} from '../graph/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { overflowsUnsigned } from './int8-probe.js';
import type { AnyTensor, DeviceName, LoadOptions, Runtime, RuntimeName, Session, ValueInfo } from './runtime.js';
import { selectRuntime } from './select.js';

export interface CompileOptions
  extends Omit<LowerOptions, 'fed' | 'shareFrom' | 'target' | 'mark'>,
    Omit<LoadOptions, 'initializers' | 'onHost'> {
  /** A runtime or its name; the best that works here by default, on the device of SENSORIUM_DEVICE. */
  runtime?: Runtime | RuntimeName;
  /** Values of parameters that become initializers (packed once, not fed). Parameters not in it are fed. */
  frozen?: ReadonlyMap<Parameter, HostTensor>;
  /**
   * Which form products take where a quantized weight has both: blocks (few rows, default) or int8 channels (many rows). `exact`: blocks in
   * float32, for gradients through them.
   */
  products?: 'blocks' | 'channels' | 'exact';
}

/** A compiled graph. Shapes with names are bound by the tensors that are fed. */
export class Program {
  constructor(
    private readonly session: Session,
    readonly runtime: Runtime,
    /** Parameters that `run` must be fed, by name. */
    readonly parameters: ReadonlyMap<string, Parameter>,
    /** Outputs that a device gives in int32 in place of int64. */
    private readonly widened: readonly string[] = [],
  ) {}

  get inputs(): readonly ValueInfo[] {
    return this.session.inputs;
  }
  get outputs(): readonly ValueInfo[] {
    return this.session.outputs;
  }
  /** Runs off the JS thread where the runtime can; see `Session.run`. */
  run(feeds: Readonly<Record<string, AnyTensor>>, into?: Readonly<Record<string, AnyTensor>>): Promise<Record<string, HostTensor>> {
    return this.runtime.device === 'webgpu' ? this.runNarrow(feeds, into) : this.session.run(feeds, into);
  }
  /** Runs on this thread when the runtime can, for programs of microseconds; else like `run`. */
  runNow(
    feeds: Readonly<Record<string, AnyTensor>>,
    into?: Readonly<Record<string, AnyTensor>>,
  ): Record<string, HostTensor> | Promise<Record<string, HostTensor>> {
    return this.session.runSync ? this.session.runSync(feeds, into) : this.run(feeds, into);
  }

  /** Runs a program in which int32 stands for int64. */
  private async runNarrow(feeds: Readonly<Record<string, AnyTensor>>, into: Readonly<Record<string, AnyTensor>> = {}) {
    const fed = { ...feeds };
    for (const { name, dtype } of this.inputs) {
      const given = feeds[name];
      if (dtype === 'int32' && given && 'data' in given && given.dtype === 'int64')
        fed[name] = hostTensor('int32', given.shape, Int32Array.from(given.data as BigInt64Array, Number));
    }
    const own = Object.fromEntries(Object.entries(into).filter(([name]) => !this.widened.includes(name)));
    const out = await this.session.run(fed, own);
    for (const name of this.widened) {
      const { shape, data } = out[name] as HostTensor<'int32'>;
      const wide = hostTensor('int64', shape, BigInt64Array.from(data, BigInt));
      const target = into[name];
      if (target && 'data' in target) (target.data as BigInt64Array).set(wide.data);
      out[name] = (target as HostTensor | undefined) ?? wide;
    }
    return out;
  }
  dispose(): void {
    this.session.dispose();
  }
}

/** Constants from this many bytes on are handed over by address instead of being copied into the model, parsed and copied again. */
const SHARED_BYTES = 16_384;

/** Which transposes a product absorbs is decided by the graph's passes, by what is faster; ONNX Runtime would absorb them all. */
const OURS = { 'optimization.disable_specified_optimizers': 'MatmulTransposeFusion' };

/**
 * Compiles named outputs.
 * @example const step = await compile({ loss, dw: grad(loss, w) });
 */
export async function compile(outputs: Readonly<Record<string, Tensor>>, options: CompileOptions = {}): Promise<Program> {
  const { runtime: chosen, frozen, name, rewrites, products, ...load } = options;
  const runtime = typeof chosen === 'object' ? chosen : await selectRuntime(chosen ?? 'auto');
  await othersFirst(); // the graph has just been traced, and lowering a large one takes as long again
  const target = TARGETS[runtime.device ?? 'cpu'];
  const lowered = lowerWith(
    outputs,
    { name, rewrites: await quantized(frozen, { products, runtime }, rewrites), shareFrom: SHARED_BYTES, target, mark: runtime.onHost },
    frozen,
  );
  const initializers: Record<string, HostTensor> = Object.fromEntries(lowered.shared);
  for (const [key, parameter] of lowered.frozen) {
    const value = frozen?.get(parameter);
    if (!value) throw new SensoriumError('runtime.frozen', `no value for the frozen parameter '${key}'`);
    initializers[key] = value;
  }
  await othersFirst();
  const session = await runtime.load(lowered.bytes, { ...load, initializers, onHost: lowered.marked, config: { ...OURS, ...load.config } });
  return new Program(session, runtime, lowered.fed, target ? widened(outputs, lowered) : []);
}

/** What graphs are lowered for, where a device has no kernels for them as they are. */
const TARGETS: Readonly<Record<DeviceName, LowerTarget | undefined>> = { cpu: undefined, webgpu: webgpuTarget };

/** Outputs that were int64 in the graph and are int32 in the model. */
const widened = (outputs: Readonly<Record<string, Tensor>>, { outputs: made }: Lowered): string[] =>
  made.flatMap(({ name, dtype }) => (dtype === 'int32' && outputs[name]?.dtype === 'int64' ? [name] : []));

/** Rewrites with those for quantized weights in front, where there are any among the frozen values. */
async function quantized(
  frozen: CompileOptions['frozen'],
  { products, runtime }: { products: CompileOptions['products']; runtime: Runtime },
  rewrites: CompileOptions['rewrites'],
): Promise<CompileOptions['rewrites']> {
  const packed = [...(frozen?.values() ?? [])].filter((v) => v instanceof PackedTensor);
  if (!frozen || packed.length === 0) return rewrites;
  // Products of eight bits by eight are for processors; a device takes blocks.
  const exact = products === 'exact';
  const wanted = runtime.device === 'webgpu' || products !== 'channels' ? 'blocks' : 'channels';
  const unsigned = wanted === 'channels' && packed.some((v) => v.forms.channels) && (await overflowsUnsigned(runtime));
  const weight = (p: Parameter): PackedTensor | undefined => {
    const value = frozen.get(p);
    return value instanceof PackedTensor ? value : undefined;
  };
  return [...packedRewrites({ weight, value: (p) => frozen.get(p), products: wanted, unsigned, exact }), ...(rewrites ?? trainingRewrites)];
}

/** Lets whatever waits for this thread go on. */
const othersFirst = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that has no frozen value is fed. */
function lowerWith(outputs: Readonly<Record<string, Tensor>>, options: LowerOptions, frozen: CompileOptions['frozen']) {
  if (!frozen) return lower(outputs, { ...options, fed: 'all' });
  // Rewrites may drop leaves, and make none that are fed.
  const { leaves } = topological(Object.values(outputs));
  return lower(outputs, {
    ...options,
    fed: new Set(leaves.filter((leaf) => leaf instanceof Parameter && !frozen.has(leaf)) as Parameter[]),
  });
}
