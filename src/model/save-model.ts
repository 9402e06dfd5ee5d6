// A model written as a folder: new weights and config, and everything else as it stands in the folder that it was opened from.

import { copyFile, cp, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Parameter } from '../graph/index.js';
import { attachedLora, endAdapter, ValueHead, withoutValueHead } from '../networks/adapters/index.js';
import type { Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, parseJson, readText, writeAtomic, writeFolderAtomic } from '../util/fs.js';
import type { HostTensor } from '../util/host.js';
import { errno } from '../util/io.js';
import { rewriteJson } from '../util/json.js';
import {
  castFloat,
  FILES,
  type FloatType,
  isFloat,
  loadWeights,
  saveFolder,
  type WeightSource,
  writeSafetensors,
} from '../weights/index.js';
import { saveAdapter } from '../weights/peft.js';
import { vocabularyOf } from './grow-vocabulary.js';
import type { Model } from './open-model.js';
import { writeTokenizer } from './write-tokenizer.js';

/** How a model is saved. */
export interface SaveModelOptions {
  /** Values to write instead of the model's own, by parameter. */
  values?: ReadonlyMap<Parameter, HostTensor>;
  /** Type of float weights: that of each tensor in the model's folder, or one for all. Default 'float32'. */
  dtype?: 'original' | 'float32' | 'float16' | 'bfloat16';
  /** Bytes of one weights file; larger models are written in shards. Default 3 GB, below what Node.js can hold in one buffer. */
  shardBytes?: number;
  /** Further files by plain name. */
  extra?: Readonly<Record<string, string | Uint8Array>>;
}

const SHARD = 3e9;

/** Files of a folder that are weights, in whatever form. */
const isWeights = (name: string): boolean =>
  /\.(safetensors|bin|pt|pth|gguf|onnx|onnx_data|msgpack|h5|ot|ckpt)$/.test(name) || name.endsWith('.index.json');

/** Folders of a model that belong to its texts and media. */
const FOLDERS: ReadonlySet<string> = new Set(['additional_chat_templates', 'generator', 'qformer_tokenizer', 'tokenizer']);

/**
 * Writes `model` as a folder as a whole: after a crash there is the old folder or the new one. Of a model that was opened, tokenizer,
 * templates, processor and generation settings are copied; tensors that the network has no use for are, too. Errors: `weights.quantized` for a model whose
 * weights are stored in fewer bits, `weights.same` for its own folder, `util.*`.
 */
export async function saveModel(model: Model, dir: string, options: SaveModelOptions = {}): Promise<void> {
  if (model.quantized)
    throw new SensoriumError('weights.quantized', 'the weights of this model are stored in fewer bits and cannot be trained or saved', {
      place: model.dir,
      hint: 'Take the folder that it was quantized from',
    });
  if (model.files) return saveBuilt(model, dir, options);
  if (resolve(dir) === resolve(model.dir))
    throw new SensoriumError('weights.same', 'a model cannot be written over the folder that it was opened from', {
      place: dir,
      hint: 'Give another folder',
    });
  const { dtype = 'float32', extra = {} } = options;
  const source = await loadWeights(model.dir);
  const tensors = fileTensors(model, source, { values: options.values ?? model.values, dtype });
  await writeFolderAtomic(dir, async (folder) => {
    await copyOthers(model.dir, folder);
    if (model.vocabulary) await writeTokenizer(model.dir, folder, model.vocabulary);
    await writeAtomic(join(folder, FILES.config), await configText(model, dtype));
    await writeWeights(folder, tensors, options.shardBytes ?? SHARD);
    for (const [name, data] of Object.entries(extra)) await writeAtomic(join(folder, name), data);
  });
}

/** A model that was built is a folder of its own, with our names of the parameters and float32 weights unless one type is asked for. */
async function saveBuilt(model: Model, dir: string, { values = model.values, dtype = 'float32', extra }: SaveModelOptions): Promise<void> {
  const type = dtype === 'original' ? 'float32' : dtype;
  const weights = model.network.parameters().map((p) => [p.name, castFloat(values.get(p) as HostTensor<'float32'>, type, p.name)] as const);
  const config = type === 'float32' ? model.raw : { ...model.raw, torch_dtype: type };
  await saveFolder(dir, { ...model.files, config, weights: Object.fromEntries(weights), extra });
}

/**
 * Writes what was trained beside a base as an adapter folder that `peft` loads: low-rank terms, and whole modules of which parameters
 * were trained, or that have rows of new tokens, then with the tokenizer. Throws `adapter.none` for a model without adapters.
 */
export async function saveModelAdapter(
  model: Model,
  dir: string,
  { values = model.values, trained = [] }: { values?: ReadonlyMap<Parameter, HostTensor>; trained?: readonly Parameter[] } = {},
): Promise<void> {
  const [adapter, ...others] = model.adapters;
  if (!adapter || others.length > 0)
    throw new SensoriumError('adapter.none', 'an adapter folder holds one adapter', {
      place: dir,
      expected: '1',
      got: String(model.adapters.length),
    });
  const own = new Set([...adapter.parameters, ...unsaved(model)]);
  const modules = new Map([...model.network.namedModules()]);
  const saved = new Map(adapter.saved);
  for (const p of trained) {
    const path = p.name.slice(0, Math.max(0, p.name.lastIndexOf('.')));
    const module = modules.get(path);
    if (!own.has(p) && module) saved.set(path, module);
  }
  const { vocabulary } = model;
  // The rows of new tokens are nowhere else, trained or not.
  if (vocabulary) for (const [path, module] of modules) if (ownsAny(module, vocabularyOf(model.network))) saved.set(path, module);
  const { spec, layers } = adapter;
  const whole = attachedLora({ spec, layers, saved, values: adapter.values });
  await saveAdapter(
    dir,
    whole,
    { family: model.family, config: model.config, network: model.network, values },
    {
      base: model.dir,
      ...(vocabulary ? { files: (folder) => writeTokenizer(model.dir, folder, vocabulary) } : {}),
    },
  );
}

/** Parameters that are of training alone. */
const unsaved = ({ network }: Model): readonly Parameter[] => endAdapter(network, ValueHead)?.parameters() ?? [];

const ownsAny = (module: Module, parameters: readonly Parameter[]): boolean =>
  Object.values(module).some((value) => parameters.includes(value as Parameter));

/** A tensor that is made when its file is written. */
interface LazyTensor {
  bytes: number;
  make(): Promise<HostTensor>;
}

const WIDTH: Readonly<Record<string, number>> = { float32: 4, float16: 2, bfloat16: 2, float64: 8 };

/** Every tensor of the folder by its name there, with the network's values, then parameters that the folder does not have. */
function fileTensors(
  model: Model,
  source: WeightSource,
  { values, dtype }: Required<Pick<SaveModelOptions, 'values' | 'dtype'>>,
): Map<string, LazyTensor> {
  const { network, names, family, config } = model;
  const added = new Set([...model.adapters.flatMap((adapter) => adapter.parameters), ...unsaved(model)]); // saved apart, or not
  const parameters = new Map(network.parameters().flatMap((p) => (added.has(p) ? [] : [[p.name, p] as const])));
  const tied = family.tied?.(config) ?? {};
  const out = new Map<string, LazyTensor>();
  const written = new Set<Parameter>();
  const put = (name: string, p: Parameter, as: FloatType): void => {
    written.add(p);
    const value = values.get(p) as HostTensor<'float32'>;
    const type = as === 'float64' ? 'float32' : as;
    out.set(name, { bytes: value.data.length * (WIDTH[type] as number), make: async () => castFloat(value, type, name) });
  };
  for (const [name, info] of source.tensors) {
    const ours = oursOf(names, name);
    const p = ours === undefined ? undefined : (parameters.get(ours) ?? parameters.get(tied[ours] ?? ''));
    const original = isFloat(info.dtype) ? info.dtype : 'float32';
    if (p) put(name, p, dtype === 'original' ? original : dtype);
    else out.set(name, { bytes: info.shape.reduce((n, d) => n * d, 1) * 4, make: () => source.read(name) });
  }
  for (const [name, p] of parameters) {
    const partner = tied[name] === undefined ? undefined : parameters.get(tied[name] as string);
    if (!written.has(p) && !(partner && written.has(partner))) put(names.toFile(name), p, dtype === 'original' ? 'float32' : dtype);
  }
  return out;
}

/** Our name of a tensor; undefined for one that belongs to no network. */
function oursOf(names: Model['names'], name: string): string | undefined {
  try {
    return names.toOurs(name);
  } catch (error) {
    if (error instanceof SensoriumError && error.code === 'weights.name') return undefined;
    throw error;
  }
}

/** config.json: that of the folder to the byte where nothing in it changes, else with the type of the weights under the key it has for it. */
async function configText({ raw: whole, dir }: Model, dtype: NonNullable<SaveModelOptions['dtype']>): Promise<string> {
  const raw = withoutValueHead(whole);
  const place = join(dir, FILES.config);
  const text = await readText(place);
  const config = dtype === 'original' ? raw : { ...raw, ['dtype' in raw ? 'dtype' : 'torch_dtype']: dtype };
  return isDeepStrictEqual(parseJson(text.replace(/^\uFEFF/, ''), place), config) ? text : `${rewriteJson(text, config)}\n`;
}

async function copyOthers(from: string, to: string): Promise<void> {
  try {
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const { name } = entry;
      const path = join(from, name);
      // Files of the hub's cache are links.
      const isFolder = (await stat(path)).isDirectory();
      if (isFolder) {
        if (FOLDERS.has(name)) await cp(path, join(to, name), { recursive: true, dereference: true });
      } else if (!isWeights(name) && name !== FILES.config && !name.startsWith('.')) await copyFile(path, join(to, name));
    }
  } catch (error) {
    throw mapIoError(error, ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'].includes(errno(error) ?? '') ? to : from);
  }
}

/** One file, or shards with an index, each made when it is written. */
async function writeWeights(folder: string, tensors: ReadonlyMap<string, LazyTensor>, limit: number): Promise<void> {
  const shards: [string, LazyTensor][][] = [[]];
  let size = 0;
  for (const [name, tensor] of tensors) {
    if (size > 0 && size + tensor.bytes > limit) {
      shards.push([]);
      size = 0;
    }
    (shards.at(-1) as [string, LazyTensor][]).push([name, tensor]);
    size += tensor.bytes;
  }
  const fileOf = (i: number): string =>
    shards.length === 1
      ? FILES.weights
      : `model-${String(i + 1).padStart(5, '0')}-of-${String(shards.length).padStart(5, '0')}.safetensors`;
  const map: Record<string, string> = {};
  let total = 0;
  for (const [i, shard] of shards.entries()) {
    const made: Record<string, HostTensor> = {};
    for (const [name, tensor] of shard) {
      made[name] = await tensor.make();
      map[name] = fileOf(i);
      total += tensor.bytes;
    }
    await writeSafetensors(join(folder, fileOf(i)), made, { format: 'pt' });
  }
  if (shards.length > 1)
    await writeAtomic(join(folder, FILES.index), `${JSON.stringify({ metadata: { total_size: total }, weight_map: map }, null, 2)}\n`);
}
