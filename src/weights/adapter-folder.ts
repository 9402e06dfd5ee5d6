// An adapter's folder given in the place of a model: its base is opened, and the adapter put on it.

import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { FILES } from './folder.js';
import { modelFolder } from './hub.js';
import { type HubOptions, parseHubId } from './hub-settings.js';
import { ADAPTER_FILES, readPeftConfig } from './peft-config.js';

/** The folder of a model, and those of the adapters that act on it. */
export interface ModelFolders {
  readonly dir: string;
  readonly adapters: readonly string[];
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (s) => s.isFile(),
    () => false,
  );

/** True for a folder that holds an adapter and not a whole model. */
export async function isAdapterFolder(dir: string): Promise<boolean> {
  return (await isFile(join(dir, ADAPTER_FILES.config))) && !(await isFile(join(dir, FILES.config)));
}

/**
 * The folder that `name` means, as `modelFolder` gives it. Where that holds an adapter alone, the folder of its base (which may be given
 * relative to here, relative to the adapter, or as a hub id) and the adapter. Errors: those of `modelFolder`; `adapter.base` where the
 * base is not there.
 */
export async function modelFolders(name: string, options: HubOptions = {}): Promise<ModelFolders> {
  const dir = await modelFolder(name, options);
  if (!(await isAdapterFolder(dir))) return { dir, adapters: [] };
  const { base_model_name_or_path: base } = await readPeftConfig(dir);
  const isModel = (path: string): Promise<boolean> => isFile(join(path, FILES.config));
  if (base) {
    for (const path of isAbsolute(base) ? [base] : [base, join(dir, base)]) if (await isModel(path)) return { dir: path, adapters: [dir] };
    if (parseHubId(base)) return { dir: await modelFolder(base, options), adapters: [dir] };
  }
  throw new SensoriumError('adapter.base', 'this folder holds an adapter, and its base is not there', {
    place: join(dir, ADAPTER_FILES.config),
    expected: 'base_model_name_or_path to be the folder or hub id of a model',
    got: base ?? 'nothing',
    hint: 'Name the base as the model, and this folder as its adapter (--adapter DIR)',
  });
}
