// From named output tensors to a program that runs: lower the graph, load it on a runtime, supply frozen parameters by name.

import {
  type LowerOptions,
  lower,
  PackedTensor,
  Parameter,
  packedRewrites,
  type Tensor,
  topological,
  trainingRewrites,
} from '../graph/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { overflowsUnsigned } from './int8-probe.js';
import type { LoadOptions, Runtime, RuntimeName, Session, ValueInfo } from './runtime.js';
import { selectRuntime } from './select.js';

export interface CompileOptions extends Omit<LowerOptions, 'fed' | 'shareFrom'>, Omit<LoadOptions, 'initializers'> {
  /** A runtime or its name; the best that works here by default. */
  runtime?: Runtime | RuntimeName;
  /** Values of parameters that become initializers (packed once, not fed). Parameters not in it are fed. */
  frozen?: ReadonlyMap<Parameter, HostTensor>;
  /** Which form products take where a quantized weight has both: blocks (few rows, default) or int8 channels (many rows). */
  products?: 'blocks' | 'channels';
}

/** A compiled graph. Shapes with names are bound by the tensors that are fed. */
export class Program {
  constructor(
    private readonly session: Session,
    readonly runtime: Runtime,
    /** Parameters that `run` must be fed, by name. */
    readonly parameters: ReadonlyMap<string, Parameter>,
  ) {}

  get inputs(): readonly ValueInfo[] {
    return this.session.inputs;
  }
  get outputs(): readonly ValueInfo[] {
    return this.session.outputs;
  }
  /** Runs off the JS thread where the runtime can; see `Session.run`. */
  run(feeds: Readonly<Record<string, HostTensor>>, into?: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    return this.session.run(feeds, into);
  }
  /** Runs on this thread when the runtime can, for programs of microseconds; else like `run`. */
  runNow(
    feeds: Readonly<Record<string, HostTensor>>,
    into?: Readonly<Record<string, HostTensor>>,
  ): Record<string, HostTensor> | Promise<Record<string, HostTensor>> {
    return this.session.runSync ? this.session.runSync(feeds, into) : this.session.run(feeds, into);
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
  const lowered = lowerWith(
    outputs,
    { name, rewrites: await quantized(frozen, { products, runtime }, rewrites), shareFrom: SHARED_BYTES },
    frozen,
  );
  const initializers: Record<string, HostTensor> = Object.fromEntries(lowered.shared);
  for (const [key, parameter] of lowered.frozen) {
    const value = frozen?.get(parameter);
    if (!value) throw new SensoriumError('runtime.frozen', `no value for the frozen parameter '${key}'`);
    initializers[key] = value;
  }
  await othersFirst();
  const session = await runtime.load(lowered.bytes, { ...load, initializers, config: { ...OURS, ...load.config } });
  return new Program(session, runtime, lowered.fed);
}

/** Rewrites with those for quantized weights in front, where there are any among the frozen values. */
async function quantized(
  frozen: CompileOptions['frozen'],
  { products, runtime }: { products: CompileOptions['products']; runtime: Runtime },
  rewrites: CompileOptions['rewrites'],
): Promise<CompileOptions['rewrites']> {
  const packed = [...(frozen?.values() ?? [])].filter((v) => v instanceof PackedTensor);
  if (!frozen || packed.length === 0) return rewrites;
  const unsigned = packed.some((v) => v.forms.channels) && (await overflowsUnsigned(runtime));
  const weight = (p: Parameter): PackedTensor | undefined => {
    const value = frozen.get(p);
    return value instanceof PackedTensor ? value : undefined;
  };
  return [...packedRewrites({ weight, value: (p) => frozen.get(p), products, unsigned }), ...(rewrites ?? trainingRewrites)];
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
