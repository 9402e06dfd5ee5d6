// Modules: what programs call. Each is a name, the types of its arguments and of its value, and a function; one call defines it for a form.

import { SensoriumError } from '../../util/errors.js';
import type { AgentContext } from '../registry.js';
import type { Frames } from './frames.js';
import type { Program } from './syntax.js';
import type { Type, Value, ValueOf } from './types.js';

/** Forms of programs: each has modules of its own. */
export type Form = Program['form'];

/** Parameters by name, in order. A type that ends with `?` may be left out. */
export type Parameters = Readonly<Record<string, Type | `${Type}?`>>;

/** The values of parameters. */
export type ArgumentsOf<P extends Parameters> = {
  [K in keyof P]: P[K] extends `${infer T}?` ? ValueOf<T> | undefined : ValueOf<P[K]>;
};

/** What a module works with. */
export interface ModuleContext extends Pick<AgentContext, 'workspace' | 'equipment' | 'budget' | 'signal' | 'step' | 'write' | 'planner'> {
  /** Where crops were cut from. */
  frames: Frames;
  /** Tells the trace that a module went another way, and why. */
  instead(why: string): void;
}

/** A module. */
export interface Module<P extends Parameters = Parameters> {
  name: string;
  /** One sentence: the documentation of the module, which prompts contain too. */
  about: string;
  /** The type of what stands before the dot, for methods; it is the parameter `self`. */
  self?: Type;
  takes: P;
  /** The type of its value, which may depend on those of its arguments. */
  gives: Type | ((types: Readonly<Record<string, Type>>) => Type);
  /** An attribute: no brackets behind it. */
  attribute?: true;
  /** Costs nothing: it is no call of the budget and no step of the trace. */
  free?: true;
  run(args: ArgumentsOf<P>, context: ModuleContext): Promise<Value> | Value;
}

/** A module whatever its parameters. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds modules of any parameters
export type AnyModule = Module<any>;

const tables: Record<Form, Map<string, AnyModule>> = { visprog: new Map(), viper: new Map() };
const keyOf = (name: string, self?: Type): string => (self === undefined ? name : `${self.startsWith('list<') ? 'list' : self}.${name}`);

/** Defines a module of a form. Errors: `agent.name` for a name that is taken. */
export function defineModule<const P extends Parameters>(form: Form, module: Module<P>): Module<P> {
  const key = keyOf(module.name, module.self);
  if (tables[form].has(key)) throw new SensoriumError('agent.name', 'a module of this name is defined already', { place: key });
  tables[form].set(key, module as AnyModule);
  return module;
}

/** The module of a name; with `self` the method or attribute of that type. */
export const moduleOf = (form: Form, name: string, self?: Type): AnyModule | undefined => tables[form].get(keyOf(name, self));

/** All modules of a form, in the order in which they were defined; with `self` those of a type alone. */
export function modulesOf(form: Form, self?: Type): AnyModule[] {
  const prefix = self === undefined ? undefined : keyOf('', self);
  return [...tables[form]].flatMap(([key, module]) => (prefix === undefined || key.startsWith(prefix) ? [module] : []));
}

/** Type of a parameter without its question mark, and whether it may be left out. */
export const parameterOf = (type: string): { type: Type; optional: boolean } =>
  type.endsWith('?') ? { type: type.slice(0, -1) as Type, optional: true } : { type: type as Type, optional: false };

/** How a module is called, in words of its form, for prompts and errors. */
export function signatureOf({ name, takes, gives, self, attribute }: AnyModule): string {
  const given = typeof gives === 'string' ? gives : 'any';
  const before = self === undefined ? '' : `${self.startsWith('list<') ? 'list' : self}.`;
  if (attribute) return `${before}${name}: ${given}`;
  const args = Object.entries(takes as Parameters).map(([key, type]) => {
    const { type: own, optional } = parameterOf(type);
    return `${key}${optional ? '?' : ''}: ${own}`;
  });
  return `${before}${name}(${args.join(', ')}) -> ${given}`;
}
