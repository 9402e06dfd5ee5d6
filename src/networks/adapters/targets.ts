// Which linear layers of a network an adapter is put on, and which modules are trained and saved whole beside it.

import { Linear, type Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import type { Parts } from '../parts.js';
import { endsWithName, fullMatch, layerOf } from './patterns.js';

/** peft's rules. */
export interface TargetRules {
  /**
   * Names of linear layers or ends of them (`q_proj`, `self_attn.q_proj`), parts of the network (`vision`, `connector`, `language`), a
   * regular expression for whole names, or `all-linear`: all but the head.
   */
  targets: readonly string[] | string;
  /** Names, ends of names, or a regular expression, of layers that are left out. */
  exclude?: readonly string[] | string;
  /** Layers by number; all by default. */
  layers?: readonly number[];
  /** Names of the lists that `layers` counts through (`layers`, `h`). By default the first number in a name is the layer's. */
  layersPattern?: readonly string[];
  /** Names or ends of names of modules that are trained whole. */
  modulesToSave?: readonly string[];
}

/** All linear layers but the head. */
export const ALL_LINEAR = 'all-linear';

/** The linear layers of a tree by path. What adapters have added is not among them. */
export function linearLayers(network: Module): Map<string, Linear> {
  const found = new Map<string, Linear>();
  const inside = new Set<Module>();
  for (const [path, module] of network.namedModules()) {
    if (!(module instanceof Linear) || inside.has(module)) continue;
    found.set(path, module);
    inside.add(module); // one that stands at two places is one layer
    for (const child of module.adapter?.children() ?? []) inside.add(child[1]);
  }
  return found;
}

/** Targets with the paths of a part's linear layers, heads left out, in place of its name; they are saved as paths, which peft knows. */
export function withoutParts(network: Module & { parts?(): Parts }, targets: TargetRules['targets']): TargetRules['targets'] {
  if (typeof targets === 'string' || !targets.some(isPartName)) return targets;
  const parts = network.parts?.();
  const layers = [...linearLayers(network)];
  return targets.flatMap((target) => {
    if (!isPartName(target) || layers.some(([path]) => endsWithName(path, target))) return [target];
    const own = new Set(parts?.[target]);
    const paths = layers.flatMap(([path, { weight }]) => (own.has(weight) && !endsWithName(path, 'lm_head') ? [path] : []));
    return paths.length > 0 ? paths : [target];
  });
}

const isPartName = (target: string): target is 'vision' | 'connector' | 'language' =>
  target === 'vision' || target === 'connector' || target === 'language';

/** The layers that the rules choose. Errors: `adapter.target` for a target that matches nothing, naming the nearest; `adapter.pattern`. */
export function matchTargets(network: Module, rules: TargetRules): Map<string, Linear> {
  const { targets, exclude = [], layers, layersPattern, modulesToSave = [] } = rules;
  const all = linearLayers(network);
  const isExcluded = typeof exclude === 'string' ? fullMatch(exclude, 'exclude') : among(exclude);
  const isSaved = (path: string): boolean => modulesToSave.some((name) => `.${path}.`.includes(`.${name}.`));
  const inLayers = (path: string): boolean => !layers || layers.includes(layerOf(path, layersPattern) ?? -1);
  const open = new Map([...all].filter(([path]) => !isExcluded(path) && !isSaved(path) && inLayers(path)));
  const matchers: [string, (path: string) => boolean][] =
    targets === ALL_LINEAR
      ? [[ALL_LINEAR, (path) => !endsWithName(path, 'lm_head')]]
      : typeof targets === 'string'
        ? [[targets, fullMatch(targets)]]
        : targets.map((target) => [target, (path) => endsWithName(path, target)]);
  if (matchers.length === 0)
    throw new SensoriumError('adapter.target', 'an adapter needs layers to act on', {
      place: 'targets',
      expected: 'names of linear layers',
      got: 'none',
    });
  const chosen = new Set<string>();
  for (const [target, matches] of matchers) {
    const mine = [...open.keys()].filter(matches);
    if (mine.length === 0) throw noTarget(network, all, target, [...all.keys()].some(matches));
    for (const path of mine) chosen.add(path);
  }
  return new Map([...open].filter(([path]) => chosen.has(path)));
}

/** The modules that are trained whole. Errors: `adapter.target` for a name that matches nothing, naming the nearest. */
export function matchModules(network: Module, names: readonly string[]): Map<string, Module> {
  const found = new Map<string, Module>();
  const all = [...network.namedModules()].filter(([path, module]) => path && module.parameters().length > 0);
  for (const name of names) {
    const mine = all.filter(([path]) => endsWithName(path, name));
    if (mine.length === 0)
      throw new SensoriumError('adapter.target', 'there is no module of this name to train whole', {
        place: `modulesToSave: ${name}`,
        expected: 'the name of a module, or its end',
        hint: hintFor(
          network,
          name,
          all.map(([path]) => path),
        ),
      });
    for (const [path, module] of mine) found.set(path, module);
  }
  return found;
}

const among =
  (names: readonly string[]) =>
  (path: string): boolean =>
    names.some((name) => endsWithName(path, name));

function noTarget(network: Module, all: ReadonlyMap<string, Linear>, target: string, isLeftOut: boolean): SensoriumError {
  const place = `targets: ${target}`;
  if (isLeftOut)
    return new SensoriumError('adapter.target', 'all layers of this name are left out', {
      place,
      hint: 'Look at exclude, layers and modulesToSave',
    });
  const other = [...network.namedModules()].find(([path]) => endsWithName(path, target));
  if (other)
    return new SensoriumError('adapter.target', 'low-rank adapters act on linear layers', {
      place,
      expected: 'a linear layer',
      got: `${other[0]}, of the class ${other[1].constructor.name}`,
      hint: 'Name the linear layers in it, or train it whole by modulesToSave',
    });
  return new SensoriumError('adapter.target', 'no linear layer has this name', {
    place,
    expected: 'the name of a linear layer, the end of one, a part (vision, connector, language), or a regular expression for whole names',
    hint: hintFor(network, target, [...all.keys()]),
  });
}

/** The nearest name; for a head that is not there, why. */
function hintFor(network: Module, wanted: string, paths: readonly string[]): string | undefined {
  const names = new Set([...network.namedModules()].map(([path]) => path));
  if (endsWithName(wanted, 'lm_head') && [...names].some((path) => endsWithName(path, 'embed_tokens')))
    return 'The head of this model is its embedding: name embed_tokens in modulesToSave';
  const depth = wanted.split('.').length;
  const ends = new Map<string, string[]>();
  for (const path of paths) {
    const end = path.split('.').slice(-depth).join('.');
    ends.set(end, [...(ends.get(end) ?? []), path]);
  }
  const best = nearest(wanted, ends.keys());
  const [first, ...more] = (best && ends.get(best)) || [];
  return first && `The nearest is ${best} (${first}${more.length > 0 ? ` and ${more.length} more` : ''})`;
}
