// The values of a model's parameters: made from a seed, loaded by name, and packed for training into one flat block.

import type { Parameter } from '../graph/index.js';
import { collectGarbage } from '../util/collect.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { assertMemory } from '../util/memory.js';
import { nearest } from '../util/nearest.js';
import { Rng } from '../util/rng.js';
import { type PackOptions, TrainBuffers } from './buffers.js';
import type { Trainable } from './select.js';

export interface StateOptions {
  seed: number;
  /** Values that are taken instead of initialised, by parameter name. Adopted, not copied, and never written to. */
  values?: Readonly<Record<string, HostTensor>>;
}

/** Values of parameters, one tensor each. A tensor may be a view into the flat block of the stage that trains it. */
export class ModelState {
  private readonly tensors = new Map<Parameter, HostTensor<'float32'>>();
  private readonly names = new Map<string, Parameter>();
  /** Parameters whose values lie in the block of a stage, which is written to. */
  private readonly packed = new Set<Parameter>();
  /** Parameters that some stage has trained: what a checkpoint must hold. */
  readonly touched = new Set<Parameter>();

  /**
   * Initialises parameters. Each has a random stream of its own, derived from the seed and its name, so that adding a
   * module leaves the others as they were. Throws `train.name` for parameters without a name or with the same one, `util.memory` for
   * more than the machine holds.
   */
  constructor(parameters: Iterable<Parameter>, options: StateOptions) {
    const all = [...new Set(parameters)];
    const largest = all.reduce<Parameter | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined);
    assertMemory(
      all.reduce((n, p) => n + (options.values?.[p.name] ? 0 : 4 * p.count), 0),
      {
        place: `${all.length} parameters, the largest ${largest?.name || 'without a name'}: [${largest?.dims.join(', ')}]`,
        hint: 'Make the model smaller: width, layers, vocabulary',
      },
    );
    const root = new Rng(options.seed).fork('init');
    for (const p of all) {
      if (!p.name)
        throw new SensoriumError('train.name', 'a parameter has no name', {
          expected: 'a path',
          hint: 'Call nameParameters() on the model first',
        });
      if (this.names.has(p.name)) throw new SensoriumError('train.name', 'two parameters have the same name', { place: p.name });
      this.names.set(p.name, p);
      if (options.values?.[p.name] || p.source) continue;
      const tensor = hostTensor('float32', p.dims);
      p.init(tensor.data, p.dims, root.fork(p.name));
      this.tensors.set(p, tensor);
    }
    if (options.values) this.load(options.values, { partial: true });
    // In definition order, whichever came from where.
    for (const p of all) {
      const tensor = this.tensors.get(p) ?? hostTensor('float32', p.dims, this.value(p.source as Parameter).data.slice());
      this.tensors.delete(p);
      this.tensors.set(p, tensor);
    }
  }

  /** The network that names of parts are read from, where the state is of one. */
  get network(): Trainable | undefined {
    return undefined;
  }

  /** In definition order. */
  get parameters(): Parameter[] {
    return [...this.tensors.keys()];
  }

  /** All values; views stay valid until the next `pack`. */
  get values(): ReadonlyMap<Parameter, HostTensor<'float32'>> {
    return this.tensors;
  }

  value(parameter: Parameter): HostTensor<'float32'> {
    const tensor = this.tensors.get(parameter);
    if (!tensor)
      throw new SensoriumError('train.parameter', 'the state has no value for this parameter', {
        place: parameter.name || 'a parameter without name',
      });
    return tensor;
  }

  byName(name: string): Parameter | undefined {
    return this.names.get(name);
  }

  /** Everything except `trained`: what an objective freezes. */
  frozen(trained: Iterable<Parameter>): Map<Parameter, HostTensor<'float32'>> {
    const without = new Map(this.tensors);
    for (const p of trained) without.delete(p);
    return without;
  }

  /** Values by name, for a safetensors file. */
  record(parameters: Iterable<Parameter> = this.tensors.keys()): Record<string, HostTensor> {
    const out: Record<string, HostTensor> = {};
    for (const p of parameters) out[p.name] = this.value(p);
    return out;
  }

  /**
   * Takes values by name: into the block of a stage where they are trained, else the tensors themselves. `partial` allows parameters without a value; a value
   * without a parameter is always an error. Errors: `train.missing`, `train.extra`, `train.shape`, naming the tensor and `place`.
   */
  load(values: Readonly<Record<string, HostTensor>>, options: { partial?: boolean; place?: string } = {}): void {
    const where = (name: string): string => (options.place ? `${options.place}: ${name}` : name);
    for (const [name, value] of Object.entries(values)) {
      const p = this.names.get(name);
      if (!p) {
        const near = nearest(name, this.names.keys());
        throw new SensoriumError('train.extra', 'a tensor belongs to no parameter of the model', {
          place: where(name),
          hint: near ? `The nearest parameter is ${near}` : undefined,
        });
      }
      if (value.dtype !== 'float32' || value.shape.length !== p.dims.length || value.shape.some((d, i) => d !== p.dims[i]))
        throw new SensoriumError('train.shape', 'a tensor does not fit its parameter', {
          place: where(name),
          expected: `float32[${p.dims.join(',')}]`,
          got: `${value.dtype}[${value.shape.join(',')}]`,
        });
    }
    const missing = options.partial ? [] : [...this.names.keys()].filter((name) => !values[name]);
    if (missing.length > 0)
      throw new SensoriumError('train.missing', 'parameters without a value', {
        place: options.place,
        got: `${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}`,
      });
    for (const [name, value] of Object.entries(values)) {
      const p = this.names.get(name) as Parameter;
      if (this.packed.has(p)) this.value(p).data.set(value.data as Float32Array);
      else this.tensors.set(p, value as HostTensor<'float32'>);
    }
  }

  /** Moves `trained` into one flat block with gradients and moments beside it; their values become views of it. */
  pack(trained: readonly Parameter[], options: PackOptions = {}): TrainBuffers {
    for (const p of trained) this.value(p);
    const buffers = new TrainBuffers(trained, options);
    for (const slot of buffers.slots) {
      const view = buffers.view(slot, 'values');
      view.data.set(this.value(slot.parameter).data);
      this.tensors.set(slot.parameter, view);
      this.touched.add(slot.parameter);
      this.packed.add(slot.parameter);
    }
    collectGarbage(4 * buffers.length); // of what the values were before
    return buffers;
  }
}
