// The type checker: every name is known, every module is called with what it takes, before anything runs.

import { nearest } from '../../util/nearest.js';
import { type AnyModule, type Form, moduleOf, modulesOf, type Parameters, parameterOf, signatureOf } from './modules.js';
import { type Argument, type Expression, type Place, type Program, programError, type Statement } from './syntax.js';
import { fits, itemOf, joined, listOf, type Type } from './types.js';

/** Names that are in scope, with their types. */
type Scope = Map<string, Type>;

const hintOf = (name: string, known: readonly string[]): string | undefined => {
  const near = nearest(name, known);
  return near === undefined ? undefined : `Did you mean ${near}?`;
};

/** Checks a program and gives the type of its result. Errors: `agent.program` with line and column. */
export function checkProgram(program: Program): Type {
  const scope: Scope = new Map(program.inputs.map(({ name, type }) => [name, type]));
  const checker = new Checker(program.form);
  const ends = checker.block(program.body, scope);
  if (program.form === 'visprog') return scope.get('FINAL_RESULT') as Type;
  if (!ends)
    throw programError('the program may end without a result', program.body.at(-1)?.at ?? { line: 1, column: 1 }, {
      expected: 'return on every way',
    });
  return checker.result ?? 'none';
}

class Checker {
  /** The type of what is returned. */
  result: Type | undefined;
  constructor(private readonly form: Form) {}

  /** Whether the block returns on every way. */
  block(body: readonly Statement[], scope: Scope): boolean {
    let ends = false;
    for (const one of body) {
      if (ends) throw programError('this is never reached', one.at, { expected: 'nothing behind return' });
      ends = this.statement(one, scope);
    }
    return ends;
  }

  private statement(one: Statement, scope: Scope): boolean {
    switch (one.kind) {
      case 'assign': {
        const type = this.type(one.value, scope);
        const before = scope.get(one.name);
        const both = before === undefined ? type : joined(before, type);
        if (both === undefined)
          throw programError('a name changes its type', one.at, { expected: `${before}, as before`, got: type, hint: 'Use another name' });
        if (this.form === 'visprog' && before !== undefined)
          throw programError('a step has the name of another', one.at, { got: one.name });
        scope.set(one.name, both);
        return false;
      }
      case 'expression': {
        this.type(one.value, scope);
        return false;
      }
      case 'return': {
        const type = this.type(one.value, scope);
        // What is returned becomes text, so ways may return different types.
        this.result = this.result === undefined ? type : (joined(this.result, type) ?? 'scalar');
        return true;
      }
      case 'if': {
        this.expect(this.type(one.test, scope), ['boolean', 'number', 'string', 'list<any>'], one.test.at);
        const [then, otherwise] = [new Map(scope), new Map(scope)];
        const ends = [this.block(one.then, then), this.block(one.otherwise, otherwise)] as const;
        // Behind it stands what is known on all ways that come there.
        for (const [name, type] of then) {
          const other = otherwise.get(name);
          const known = ends[0] ? other : ends[1] ? type : other && joined(type, other);
          if (known) scope.set(name, known);
        }
        if (ends[0]) for (const [name, type] of otherwise) scope.set(name, type);
        return ends[0] && ends[1];
      }
      case 'for': {
        const item = this.items(one.list, scope);
        const inner = new Map(scope).set(one.item, item);
        this.block(one.body, inner);
        for (const name of scope.keys()) scope.set(name, inner.get(name) as Type); // lists may have become lists of something
        return false;
      }
    }
  }

  private items(list: Expression, scope: Scope): Type {
    const type = this.type(list, scope);
    const item = itemOf(type);
    if (item === undefined) throw programError('this is not a list', list.at, { expected: 'a list', got: type });
    return item;
  }

  private expect(type: Type, expected: readonly Type[], at: Place): Type {
    const found = expected.find((one) => fits(type, one));
    if (found === undefined) throw programError('a value has the wrong type', at, { expected: expected.join(' or '), got: type });
    return type;
  }

  private type(e: Expression, scope: Scope): Type {
    switch (e.kind) {
      case 'literal':
        return e.value === null ? 'none' : (typeof e.value as 'string' | 'number' | 'boolean');
      case 'name': {
        const type = scope.get(e.name);
        if (type !== undefined) return type;
        throw programError('there is nothing of this name', e.at, {
          expected: [...scope.keys()].join(', '),
          got: e.name,
          hint: hintOf(e.name, [...scope.keys()]),
        });
      }
      case 'list': {
        let item: Type = 'unknown';
        for (const one of e.items) {
          const type = this.type(one, scope);
          const both = joined(item, type);
          if (both === undefined) throw programError('the items of a list have different types', one.at, { expected: item, got: type });
          item = both;
        }
        return listOf(item);
      }
      case 'format':
        for (const part of e.parts) if (typeof part !== 'string') this.expect(this.type(part, scope), ['scalar'], part.at);
        return 'string';
      case 'unary':
        this.expect(
          this.type(e.operand, scope),
          e.operator === '-' ? ['number'] : ['boolean', 'number', 'string', 'list<any>'],
          e.operand.at,
        );
        return e.operator === '-' ? 'number' : 'boolean';
      case 'choice': {
        this.expect(this.type(e.test, scope), ['boolean', 'number', 'string', 'list<any>'], e.test.at);
        const [a, b] = [this.type(e.then, scope), this.type(e.otherwise, scope)];
        const both = joined(a, b);
        if (both === undefined) throw programError('both ways of a choice must have one type', e.otherwise.at, { expected: a, got: b });
        return both;
      }
      case 'binary':
        return this.binary(e, scope);
      case 'index': {
        this.expect(this.type(e.index, scope), ['number'], e.index.at);
        return this.items(e.self, scope);
      }
      case 'each': {
        const inner = new Map(scope).set(e.item, this.items(e.list, scope));
        if (e.test) this.expect(this.type(e.test, inner), ['boolean'], e.test.at);
        return listOf(this.type(e.body, inner));
      }
      case 'attribute': {
        const self = this.type(e.self, scope);
        const found = moduleOf(this.form, e.name, self);
        if (found?.attribute) return found.gives as Type;
        throw this.unknown(e.name, e.at, self);
      }
      case 'call':
        return this.call(e, scope);
      case 'lambda':
        throw programError('lambda stands only as key=', e.at, { expected: 'sorted(…, key=lambda x: …), min, max or sort' });
    }
  }

  private unknown(name: string, at: Place, self?: Type) {
    const known = modulesOf(this.form, self).filter((one) => self !== undefined || one.self === undefined);
    const names = known.map((one) => one.name);
    return programError(self === undefined ? 'there is no such module' : `${self} has nothing of this name`, at, {
      expected: names.join(', ') || 'nothing',
      got: name,
      hint: hintOf(name, names),
    });
  }

  private call(e: Expression & { kind: 'call' }, scope: Scope): Type {
    const self = e.self && this.type(e.self, scope);
    const module = moduleOf(this.form, e.name, self);
    if (!module || module.attribute) throw this.unknown(e.name, e.at, self);
    const types: Record<string, Type> = self === undefined ? {} : { self };
    const given = placed(module, e.args, e.at);
    for (const [name, arg] of given) {
      const { type: expected } = parameterOf((module.takes as Parameters)[name] as string);
      if (arg.value.kind === 'lambda') {
        if (name !== 'key') throw programError('lambda stands only as key=', arg.value.at);
        const item = itemOf(self ?? types.list ?? 'unknown') ?? 'unknown';
        types[name] = this.expect(
          this.type(arg.value.body, new Map(scope).set(arg.value.item, item)),
          ['number', 'string'],
          arg.value.body.at,
        );
        continue;
      }
      const type = this.type(arg.value, scope);
      if (!fits(type, expected))
        throw programError(`${e.name} takes something else as ${name}`, arg.value.at, { expected, got: type, hint: signatureOf(module) });
      types[name] = type;
    }
    // An empty list becomes one of what is put into it.
    if (e.name === 'append' && self !== undefined && types.item !== undefined) {
      const both = joined(itemOf(self) as Type, types.item);
      if (both === undefined) throw programError('a list holds one type', e.at, { expected: itemOf(self), got: types.item });
      if (e.self?.kind === 'name') scope.set(e.self.name, listOf(both));
    }
    return typeof module.gives === 'function' ? module.gives(types) : module.gives;
  }

  private binary({ operator, left, right, at }: Expression & { kind: 'binary' }, scope: Scope): Type {
    const [a, b] = [this.type(left, scope), this.type(right, scope)];
    const same = joined(a, b);
    const both = (...types: Type[]): void => {
      this.expect(a, types, left.at);
      if (!types.some((type) => fits(a, type) && fits(b, type)))
        throw programError('a value has the wrong type', right.at, { expected: a, got: b });
    };
    switch (operator) {
      case 'and':
      case 'or':
      case 'xor':
        both('boolean');
        return 'boolean';
      case '==':
      case '!=':
        if (same === undefined) throw programError('values of different types are never equal', at, { expected: a, got: b });
        return 'boolean';
      case '<':
      case '<=':
      case '>':
      case '>=':
        both('number', 'string');
        return 'boolean';
      case 'in':
      case 'not in': {
        const item = itemOf(b);
        if (b === 'string') this.expect(a, ['string'], left.at);
        else if (item === undefined || !fits(a, item))
          throw programError('this cannot be in that', at, { expected: `a list of ${a}`, got: b });
        return 'boolean';
      }
      case '+':
        if (itemOf(a) !== undefined && same !== undefined) return same;
        both('number', 'string');
        return a;
      default:
        both('number');
        return 'number';
    }
  }
}

/** Arguments by the names of their parameters. Errors: `agent.program` for too many, unknown and missing ones. */
export function placed(module: AnyModule, args: readonly Argument[], at: Place): [string, Argument][] {
  const takes = module.takes as Parameters;
  const names = Object.keys(takes);
  const out = new Map<string, Argument>();
  for (const [i, arg] of args.entries()) {
    const name = arg.name ?? names[i];
    if (name === undefined) throw programError('too many arguments', arg.at, { expected: signatureOf(module), got: `${args.length}` });
    if (!Object.hasOwn(takes, name))
      throw programError(`${module.name} takes no argument of this name`, arg.at, {
        expected: signatureOf(module),
        got: name,
        hint: hintOf(name, names),
      });
    if (out.has(name)) throw programError('an argument is given twice', arg.at, { got: name });
    out.set(name, arg);
  }
  const missing = names.find((name) => !out.has(name) && !parameterOf(takes[name] as string).optional);
  if (missing !== undefined) throw programError('an argument is missing', at, { expected: signatureOf(module), got: `no ${missing}` });
  return [...out];
}
