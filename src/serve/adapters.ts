// Adapters beside their base: each is a model of its own over the base's arrays, so that weights and their packed copies are there once.

import { type Parameter, valueBytes } from '../graph/index.js';
import { type Model, openModel, tokensOfAdapter } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { adapterFolder, assertAdaptable, loadAdapter } from '../weights/index.js';

/** An adapter that requests can choose. */
export interface AdapterChoice {
  /** What requests call it. */
  readonly name: string;
  /** Its folder, in peft's layout, or its id on the hub. */
  readonly dir: string;
}

/**
 * The base with an adapter on it; the base stays as it is. The network is built once more, over the same arrays: only what the adapter
 * brings is new, and programs are those of a model that was opened with this adapter alone. Errors: those of `loadAdapter`.
 */
export async function withAdapter(base: Model, name: string): Promise<Model> {
  const dir = await adapterFolder(name);
  if (base.adapters.length > 0)
    throw new SensoriumError('serve.adapter', 'the model has an adapter already', {
      place: dir,
      expected: 'a whole model as the base of adapters',
      got: 'the folder of an adapter',
      hint: 'Name the base as the model, and each adapter with --adapter name=DIR',
    });
  if (base.tokenizer && (await tokensOfAdapter(base.tokenizer, dir)).added.length > 0) return withTokens(base, dir);
  const { family, config } = base;
  const network = family.build(config).nameParameters();
  const own = new Map([...base.values].map(([p, value]) => [p.name, value]));
  const values = new Map<Parameter, HostTensor>();
  for (const p of network.parameters()) {
    const value = own.get(p.name);
    if (!value) throw new SensoriumError('adapter.values', 'a parameter of the base has no value', { place: p.name });
    values.set(p, value);
  }
  const adapter = await loadAdapter(dir, { family, config, network });
  assertAdaptable(adapter, values);
  for (const [p, value] of adapter.values) values.set(p, value);
  return { ...base, network, values, adapters: [adapter] };
}

/** The base opened again with an adapter that has tokens of its own: what it does not change are the base's arrays. */
async function withTokens(base: Model, dir: string): Promise<Model> {
  const model = await openModel(base.dir, { adapters: [dir], limits: base.processor.parts.limits });
  const own = new Map([...base.values].map(([p, value]) => [p.name, value]));
  const replaced = new Set<Parameter>(model.adapters.flatMap((adapter) => adapter.trained));
  const shares = (p: Parameter): boolean => !replaced.has(p) && own.get(p.name)?.shape.join() === p.dims.join();
  const values = [...model.values].map(([p, value]) => [p, shares(p) ? (own.get(p.name) as HostTensor) : value] as const);
  return { ...model, values: new Map(values) };
}

/** Bytes of a model's values that its base does not have. */
export function addedBytes(model: Model, base: Model): number {
  const shared = new Set(base.values.values());
  let bytes = 0;
  for (const value of model.values.values()) if (!shared.has(value)) bytes += valueBytes(value);
  return bytes;
}

/** Names that requests can use, each once. Errors: `serve.adapter`. */
export function checkAdapterNames(adapters: readonly AdapterChoice[], taken: readonly string[] = []): void {
  const seen = new Set(taken);
  for (const { name, dir } of adapters) {
    if (name !== '' && !seen.has(name)) {
      seen.add(name);
      continue;
    }
    throw new SensoriumError('serve.adapter', name === '' ? 'an adapter has no name' : 'two models would have the same name', {
      place: dir,
      expected: 'a name that no other model of the server has',
      got: name === '' ? 'nothing' : name,
      hint: 'Give another with --adapter name=DIR',
    });
  }
}
