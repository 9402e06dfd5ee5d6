// LoRA on any linear layer of a network: what is asked for, and putting it there.

import type { Parameter } from '../../graph/index.js';
import { PackedTensor } from '../../graph/index.js';
import { type Linear, Lora, type LoraOptions, type Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { assertMemory } from '../../util/memory.js';
import { Rng } from '../../util/rng.js';
import { show } from '../../util/show.js';
import { patternValue } from './patterns.js';
import { linearLayers, matchModules, matchTargets, type TargetRules, withoutParts } from './targets.js';

/** Options of `lora`, with peft's defaults. */
export interface LoraRequest extends TargetRules {
  rank: number;
  /** The term is scaled by alpha / rank. Default 8. */
  alpha?: number;
  /** Share of inputs left out of the term in training. Default 0. */
  dropout?: number;
  /** Scale by alpha / sqrt(rank) instead. Default false. */
  rslora?: boolean;
  /** Learn the lengths of the weight's rows apart from their directions. Default false. */
  dora?: boolean;
  /** Other ranks and alphas, by name, end of a name, or regular expression. */
  rankPattern?: Readonly<Record<string, number>>;
  alphaPattern?: Readonly<Record<string, number>>;
}

/** A low-rank adapter that is not attached yet: plain data, part of a recipe's identity. */
export interface LoraSpec extends Required<Omit<LoraRequest, 'layers' | 'layersPattern'>>, Pick<LoraRequest, 'layers' | 'layersPattern'> {
  readonly kind: 'lora';
}

/**
 * Low-rank adapters (Hu et al. 2021) as peft describes them. Errors: `adapter.spec` for a value out of range.
 * @example lora({ rank: 16, targets: ['q_proj', 'v_proj'] })
 */
export function lora(request: LoraRequest): LoraSpec {
  const spec: LoraSpec = {
    kind: 'lora',
    alpha: 8,
    dropout: 0,
    rslora: false,
    dora: false,
    exclude: [],
    modulesToSave: [],
    rankPattern: {},
    alphaPattern: {},
    ...request,
  };
  const check = (key: string, ok: boolean, expected: string, got: unknown): void => {
    if (ok) return;
    throw new SensoriumError('adapter.spec', 'a value of a low-rank adapter is out of range', {
      place: `lora: ${key}`,
      expected,
      got: show(got),
    });
  };
  const isRank = (r: unknown): boolean => Number.isSafeInteger(r) && (r as number) > 0;
  const isPositive = (a: unknown): boolean => typeof a === 'number' && a > 0 && Number.isFinite(a);
  const isNames = (n: unknown): boolean => Array.isArray(n) && n.every((name) => typeof name === 'string' && name !== '');
  check('rank', isRank(spec.rank), 'a positive whole number', spec.rank);
  check('alpha', isPositive(spec.alpha), 'a positive number', spec.alpha);
  check('dropout', spec.dropout >= 0 && spec.dropout < 1, 'a share from 0 to below 1', spec.dropout);
  const isPattern = (t: unknown): boolean => (typeof t === 'string' && t !== '') || isNames(t);
  check('targets', isPattern(spec.targets), "names of linear layers, a regular expression or 'all-linear'", spec.targets);
  check('exclude', isPattern(spec.exclude), 'names of linear layers or a regular expression', spec.exclude);
  check('modulesToSave', isNames(spec.modulesToSave), 'names of modules', spec.modulesToSave);
  const isLayers = (l: unknown): boolean => Array.isArray(l) && l.every((n) => Number.isSafeInteger(n) && n >= 0);
  check('layers', spec.layers === undefined || isLayers(spec.layers), 'numbers of layers', spec.layers);
  for (const [key, rank] of Object.entries(spec.rankPattern)) check(`rankPattern: ${key}`, isRank(rank), 'a positive whole number', rank);
  for (const [key, alpha] of Object.entries(spec.alphaPattern))
    check(`alphaPattern: ${key}`, isPositive(alpha), 'a positive number', alpha);
  return spec;
}

/** Low-rank adapters on a network. */
export interface AttachedLora {
  readonly spec: LoraSpec;
  /** The layers that have one, by path. */
  readonly layers: ReadonlyMap<string, Linear>;
  /** Modules that are trained whole, by path. */
  readonly saved: ReadonlyMap<string, Module>;
  /** Parameters that were added. */
  readonly parameters: readonly Parameter[];
  /** Their values: at first A at random and B zero. */
  readonly values: ReadonlyMap<Parameter, HostTensor<'float32'>>;
  /** What there is to train: `parameters` and those of `saved`. */
  readonly trained: readonly Parameter[];
  /** Numbers in `trained`. */
  readonly count: number;
}

export interface AttachOptions {
  /** Of A. Each parameter has a stream of its own, by its name. */
  seed: number;
  /** Values of the network's own parameters; DoRA begins with the lengths of their rows. */
  values?: ReadonlyMap<Parameter, HostTensor>;
}

/**
 * Puts low-rank adapters on the linear layers that `spec` names. Every graph traced from the network afterwards has them; their
 * parameters are named `LAYER.lora_A.weight`, `LAYER.lora_B.weight` and `LAYER.lora_magnitude_vector`. Call it on a network whose
 * parameters are named. Errors: `adapter.target`, `adapter.pattern`, `adapter.exists` for layers that have one, `adapter.quantized` for
 * DoRA on a quantized weight, `util.memory`.
 */
export function attachLora(network: Module, asked: LoraSpec, { seed, values }: AttachOptions): AttachedLora {
  const spec = { ...asked, targets: withoutParts(network, asked.targets) };
  const options = new Map<string, LoraOptions>();
  const linears = matchTargets(network, spec);
  for (const [path, linear] of linears) {
    const rank = patternValue(spec.rankPattern, path, 'rankPattern') ?? spec.rank;
    const alpha = patternValue(spec.alphaPattern, path, 'alphaPattern') ?? spec.alpha;
    options.set(path, { rank, alpha, rslora: spec.rslora, dora: spec.dora, dropout: spec.dropout });
    if (spec.dora) requireFloat(path, linear, values);
  }
  assertRank(spec.rank, linears);
  const saved = matchModules(network, spec.modulesToSave);
  const layers = placeLoras(network, options);
  const root = new Rng(seed).fork('init');
  const first = new Map<Parameter, HostTensor<'float32'>>();
  for (const { adapter, weight } of layers.values())
    for (const p of (adapter as Lora).parameters()) {
      const value = hostTensor('float32', p.dims);
      if (p === (adapter as Lora).lora_magnitude_vector) value.data.set(rowLengths(values?.get(weight) as HostTensor));
      else p.init(value.data, p.dims, root.fork(p.name));
      first.set(p, value);
    }
  return attachedLora({ spec, layers, saved, values: first });
}

/** Throws `adapter.rank` for a rank above that of every layer: it is a slip, and computing with it would take for ever. */
function assertRank(rank: number, linears: Iterable<readonly [string, Linear]>): void {
  const full = [...linears].reduce((most, [, { inputs, outputs }]) => Math.max(most, Math.min(inputs, outputs)), 0);
  if (rank <= full) return;
  throw new SensoriumError('adapter.rank', 'the rank is larger than that of any layer with an adapter', {
    place: 'rank',
    expected: `at most ${full}`,
    got: String(rank),
    hint: 'Ranks from 4 to 64 are usual',
  });
}

/**
 * Puts one low-rank adapter on each of some linear layers, by path. Errors: `adapter.exists`, `util.memory`; then nothing is changed.
 */
export function placeLoras(network: Module, options: ReadonlyMap<string, LoraOptions>): Map<string, Linear> {
  const all = linearLayers(network);
  const made: [string, Linear, Lora][] = [];
  const assertRoom = (bytes: number): void =>
    assertMemory(bytes, { place: `low-rank adapters on ${options.size} layers`, hint: 'Choose a smaller rank or fewer layers' });
  let bytes = 0;
  for (const [path, own] of options) {
    const linear = all.get(path) as Linear;
    if (linear.adapter)
      throw new SensoriumError('adapter.exists', 'this layer has an adapter already', {
        place: path,
        hint: 'Merge the first one into the weights, or train it on',
      });
    bytes += 4 * own.rank * (linear.inputs + linear.outputs);
    assertRoom(bytes);
    made.push([path, linear, new Lora(linear.inputs, linear.outputs, own)]);
  }
  for (const [, linear, adapter] of made) linear.adapter = adapter;
  return new Map(made.map(([path, linear]) => [path, linear]));
}

/** An adapter with what follows from its parts. */
export function attachedLora(o: Pick<AttachedLora, 'spec' | 'layers' | 'saved' | 'values'>): AttachedLora {
  const parameters = [...o.layers.values()].flatMap(({ adapter }) => adapter?.parameters() ?? []);
  const trained = [...new Set([...parameters, ...[...o.saved.values()].flatMap((module) => module.parameters())])];
  return { ...o, parameters, trained, count: trained.reduce((n, p) => n + p.count, 0) };
}

/** Takes the adapters off again. */
export function detachLora({ layers }: Pick<AttachedLora, 'layers'>): void {
  for (const linear of layers.values()) linear.adapter = undefined;
}

function requireFloat(path: string, { weight }: Linear, values: AttachOptions['values']): void {
  const value = values?.get(weight);
  if (value && !(value instanceof PackedTensor)) return;
  throw new SensoriumError('adapter.quantized', 'DoRA needs the weights as floats, for it goes by the lengths of their rows', {
    place: path,
    expected: 'float32 values',
    got: value ? 'a quantized weight' : 'no values',
    hint: value ? 'Take LoRA (dora: false), or the model before it was quantized' : 'Pass the values of the network',
  });
}

/** Lengths of the rows of a matrix. */
function rowLengths({ shape, data }: HostTensor): Float32Array {
  const [rows, width] = shape as [number, number];
  return Float32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += (data[i] as number) ** 2;
    return Math.sqrt(sum);
  });
}
