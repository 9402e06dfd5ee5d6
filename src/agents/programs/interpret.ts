// The interpreter: walks a checked program, calls modules within the budget, and writes every call into the trace.

import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { callTool, type ToolValue } from '../tool.js';
import type { TraceStep } from '../trace.js';
import { placed } from './check.js';
import type { Frames } from './frames.js';
import { type AnyModule, type ModuleContext, moduleOf } from './modules.js';
import { type Expression, type Place, type Program, programError, type Statement } from './syntax.js';
import type { FoundBox, FoundObject, Patch, Value } from './types.js';

/** Bounds of one run. */
export interface InterpretOptions {
  /** Expressions and statements that are evaluated at most. Default 20,000. */
  maxSteps?: number;
  /** Turns of all loops together. Default 1000. */
  maxTurns?: number;
}

/** Characters of a text, and items of a list. */
const MAX_TEXT = 20_000;
const MAX_ITEMS = 10_000;

type Names = Map<string, Value>;
/** What `return` gives. */
type Returned = { value: Value } | undefined;

/** Runs a checked program with its inputs and gives its result. Errors: `agent.program` with the line, `agent.budget`, those of modules. */
export async function interpret(
  program: Program,
  inputs: Readonly<Record<string, Value>>,
  context: Omit<ModuleContext, 'instead'>,
  options: InterpretOptions = {},
): Promise<Value> {
  const names: Names = new Map(Object.entries(inputs));
  const machine = new Machine(program, context, options);
  const returned = await machine.block(program.body, names);
  return program.form === 'visprog' ? (names.get('FINAL_RESULT') as Value) : (returned?.value ?? null);
}

class Machine {
  private steps = 0;
  private turns = 0;
  private readonly lines: readonly string[];
  constructor(
    private readonly program: Program,
    private readonly context: Omit<ModuleContext, 'instead'>,
    private readonly o: InterpretOptions,
  ) {
    this.lines = program.source.split('\n');
  }

  private spend(what: 'steps' | 'turns', at: Place): void {
    const most = what === 'steps' ? (this.o.maxSteps ?? 20_000) : (this.o.maxTurns ?? 1000);
    this.context.signal?.throwIfAborted();
    if (++this[what] > most || this.context.budget.leftMs <= 0)
      throw new SensoriumError('agent.budget', 'the program takes too much', {
        place: `line ${at.line}`,
        expected: this[what] > most ? `at most ${most} ${what}` : 'an end within the seconds of the task',
      });
  }

  async block(body: readonly Statement[], names: Names): Promise<Returned> {
    for (const one of body) {
      const returned = await this.statement(one, names);
      if (returned) return returned;
    }
    return undefined;
  }

  private async statement(one: Statement, names: Names): Promise<Returned> {
    this.spend('steps', one.at);
    switch (one.kind) {
      case 'assign':
        names.set(one.name, await this.value(one.value, names));
        return undefined;
      case 'expression':
        await this.value(one.value, names);
        return undefined;
      case 'return':
        return { value: await this.value(one.value, names) };
      case 'if':
        return this.block(truth(await this.value(one.test, names)) ? one.then : one.otherwise, names);
      case 'for':
        for (const item of [...((await this.value(one.list, names)) as Value[])]) {
          this.spend('turns', one.at);
          names.set(one.item, item);
          const returned = await this.block(one.body, names);
          if (returned) return returned;
        }
        return undefined;
    }
  }

  private async value(e: Expression, names: Names): Promise<Value> {
    this.spend('steps', e.at);
    switch (e.kind) {
      case 'literal':
        return e.value;
      case 'name': {
        const value = names.get(e.name);
        if (value === undefined) throw programError('this name has no value yet', e.at, { got: e.name });
        return value;
      }
      case 'list': {
        const items: Value[] = [];
        for (const one of e.items) items.push(await this.value(one, names));
        return items;
      }
      case 'format': {
        let text = '';
        for (const part of e.parts) text = bounded(text + (typeof part === 'string' ? part : shown(await this.value(part, names))), e.at);
        return text;
      }
      case 'unary': {
        const value = await this.value(e.operand, names);
        return e.operator === '-' ? -(value as number) : !truth(value);
      }
      case 'choice':
        return this.value(truth(await this.value(e.test, names)) ? e.then : e.otherwise, names);
      case 'binary':
        return this.binary(e, names);
      case 'index': {
        const list = (await this.value(e.self, names)) as Value[];
        const index = (await this.value(e.index, names)) as number;
        const item = list.at(index);
        if (item === undefined || !Number.isInteger(index))
          throw programError('a list has no such item', e.at, {
            expected: list.length > 0 ? `0 to ${list.length - 1}` : 'an item; the list is empty',
            got: String(index),
          });
        return item;
      }
      case 'each': {
        const out: Value[] = [];
        const inner = new Map(names);
        for (const item of (await this.value(e.list, names)) as Value[]) {
          this.spend('turns', e.at);
          inner.set(e.item, item);
          if (!e.test || truth(await this.value(e.test, inner))) out.push(await this.value(e.body, inner));
        }
        return out;
      }
      case 'attribute':
      case 'call':
        return this.call(e, names);
      case 'lambda':
        throw programError('lambda stands only as key=', e.at);
    }
  }

  private async binary({ operator, left, right, at }: Expression & { kind: 'binary' }, names: Names): Promise<Value> {
    const a = await this.value(left, names);
    if (operator === 'and' && !truth(a)) return false;
    if (operator === 'or' && truth(a)) return true;
    const b = await this.value(right, names);
    const [x, y] = [a as number, b as number];
    const number = (value: number): number => {
      if (Number.isFinite(value)) return value;
      throw programError('this has no number as its value', at, { got: `${x} ${operator} ${y}` });
    };
    switch (operator) {
      case '+':
        if (Array.isArray(a)) return listed([...a, ...(b as Value[])], at);
        return typeof a === 'string' ? bounded(a + (b as string), at) : number(x + y);
      case '-':
        return number(x - y);
      case '*':
        return number(x * y);
      case '/':
        return number(x / y);
      case '//':
        return number(Math.floor(x / y));
      case '%':
        return number(x - y * Math.floor(x / y));
      case '<':
        return a !== null && b !== null && a < b;
      case '<=':
        return a !== null && b !== null && a <= b;
      case '>':
        return a !== null && b !== null && a > b;
      case '>=':
        return a !== null && b !== null && a >= b;
      case '==':
        return equal(a, b);
      case '!=':
        return !equal(a, b);
      case 'xor':
        return truth(a) !== truth(b);
      case 'and':
      case 'or':
        return truth(b);
      default: {
        const found = typeof b === 'string' ? b.includes(a as string) : (b as Value[]).some((one) => equal(a, one));
        return (operator === 'in') === found;
      }
    }
  }

  private async call(e: Expression & { kind: 'call' | 'attribute' }, names: Names): Promise<Value> {
    const self = e.self && (await this.value(e.self, names));
    const module = moduleOf(this.program.form, e.name, self === undefined ? undefined : typeOf(self)) as AnyModule;
    const args: Record<string, Value> = self === undefined ? {} : { self };
    for (const [name, { value }] of e.kind === 'call' ? placed(module, e.args, e.at) : [])
      args[name] = value.kind === 'lambda' ? await this.keys(value, args.list ?? self ?? [], names) : await this.value(value, names);
    if (module.free) return checkedList(await module.run(args as never, { ...this.context, instead: () => undefined }), e.at);
    return this.module(module, args, e.at);
  }

  /** The keys of all items of a list, for sorting by them. */
  private async keys({ item, body, at }: Expression & { kind: 'lambda' }, list: Value, names: Names): Promise<Value[]> {
    const inner = new Map(names);
    const out: Value[] = [];
    for (const one of list as Value[]) {
      this.spend('turns', at);
      inner.set(item, one);
      out.push(await this.value(body, inner));
    }
    return out;
  }

  /** Calls a module as a tool: counted, bounded in time and size, a step of the trace. */
  private async module(module: AnyModule, args: Record<string, Value>, at: Place): Promise<Value> {
    const { workspace, budget, signal, step } = this.context;
    const before = new Set(workspace.names());
    const started = budget.seconds;
    const one: TraceStep = { kind: 'call', name: module.name, text: (this.lines[at.line - 1] ?? '').trim(), input: args as ToolValue };
    const notes: string[] = [];
    const own: ModuleContext = { ...this.context, instead: (why) => void notes.push(why) };
    const tool = {
      name: module.name,
      description: module.about,
      input: z.unknown(),
      run: () => module.run(args as never, own) as ToolValue,
    };
    try {
      const value = (await callTool(tool, args, { workspace, budget, signal })) as Value;
      one.output = value as ToolValue;
      Object.assign(one, picturesOf(value, args, this.context.frames));
      return value;
    } catch (error) {
      if (error instanceof SensoriumError) one.error = { code: error.code, message: error.message };
      throw error;
    } finally {
      one.milliseconds = Math.round((budget.seconds - started) * 1000);
      one.items ??= workspace.names().filter((name) => !before.has(name));
      if (notes.length > 0) one.text += `\n# ${notes.join('\n# ')}`;
      step(one);
    }
  }
}

/** The pictures of a step: of found boxes the image with them, of masks too, of images themselves. */
function picturesOf(value: Value, args: Record<string, Value>, frames: Frames): Pick<TraceStep, 'items' | 'boxes'> {
  const list = (Array.isArray(value) ? value : [value]) as Value[];
  const found = list.filter(isBox);
  const [first] = found;
  if (first) {
    const image = first.image;
    return {
      items: [image, ...found.flatMap((one) => ('mask' in one ? [(one as FoundObject).mask] : []))],
      boxes: found.map(({ image: own, box, label }) => ({ box: frames.into(image, { image: own, box }), label })),
    };
  }
  const patches = list.filter(isPatch);
  if (patches.length > 0) return { items: patches.slice(0, 12).map(({ image }) => image) };
  const named = [...list, ...(Array.isArray(value) ? [] : Object.values(args).flatMap((one) => (isPatch(one) ? [one.image] : [one])))];
  const images = named.filter((one): one is string => typeof one === 'string' && /^image_\d+$/.test(one));
  return images.length > 0 ? { items: [...new Set(images)] } : {};
}

const isRecord = (value: Value): value is FoundBox | Patch => typeof value === 'object' && value !== null && !Array.isArray(value);
const isBox = (value: Value): value is FoundBox => isRecord(value) && 'box' in value;
const isPatch = (value: Value): value is Patch => isRecord(value) && 'upper' in value;

/** The type of a value, as far as methods need it. */
const typeOf = (value: Value) =>
  Array.isArray(value)
    ? ('list<any>' as const)
    : isPatch(value)
      ? ('patch' as const)
      : isBox(value)
        ? ('box' as const)
        : (typeof value as 'string' | 'number' | 'boolean');

/** Python's truth. */
const truth = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

const equal = (a: Value, b: Value): boolean => a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

function bounded(text: string, at: Place): string {
  if (text.length > MAX_TEXT) throw programError('a text becomes too long', at, { expected: `at most ${MAX_TEXT} characters` });
  return text;
}

function listed(list: Value[], at: Place): Value[] {
  if (list.length > MAX_ITEMS) throw programError('a list becomes too long', at, { expected: `at most ${MAX_ITEMS} items` });
  return list;
}

const checkedList = (value: Value, at: Place): Value => (Array.isArray(value) ? listed(value as Value[], at) : value);

/** A value as the text of an answer: yes and no for truth values. */
export function shown(value: Value): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object') return 'label' in value ? (value as FoundBox).label : (value as Patch).image;
  return String(value);
}
