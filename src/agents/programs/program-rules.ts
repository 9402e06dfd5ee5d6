// The grammar of programs, made from the module table: what a planner of ours writes under it parses, and uses nothing before it is there.

import type { ResponseFormat, RulePart } from '../../generate/constrain/index.js';
import { type AnyModule, moduleOf, type Parameters, parameterOf } from './modules.js';
import { fits, type Type } from './types.js';

/** Names of steps by what they give. */
const PREFIXES: readonly (readonly [prefix: string, types: readonly Type[]])[] = [
  ['IMAGE', ['image']],
  ['BOX', ['list<box>']],
  ['OBJ', ['list<object>']],
  ['ANSWER', ['number', 'string', 'boolean']],
];

/** What programs may be. */
export interface ProgramRulesOptions {
  /** Modules that may be called. Default: those of questions. */
  modules?: readonly string[];
  /** Steps of each name at most: IMAGE, BOX, OBJ, ANSWER. */
  most?: Readonly<Record<string, number>>;
  /** Patterns of texts, by the name of the parameter; `text` for the others. */
  texts?: Readonly<Record<string, string>>;
}

/** The modules that questions of counting, comparing and looking need. */
export const QUESTION_MODULES: readonly string[] = [
  'LOC',
  'CROP',
  'CROP_LEFTOF',
  'CROP_RIGHTOF',
  'CROP_ABOVE',
  'CROP_BELOW',
  'COUNT',
  'VQA',
  'EVAL',
];
const MOST = { IMAGE: 4, BOX: 6, OBJ: 2, ANSWER: 3 };
const TEXTS = { object: 'LEFT|RIGHT|TOP|BOTTOM|[a-z]+( [a-z]+){0,2}', text: '[A-Za-z0-9 ,?.-]{1,60}' };

/** Steps that are there: their types by the prefix of their names. */
type Steps = Readonly<Record<string, readonly Type[]>>;

/** The form of a program's lines: a rule for each set of steps that may be there. */
export function programFormat(o: ProgramRulesOptions = {}): Extract<ResponseFormat, { type: 'rules' }> {
  const modules = (o.modules ?? QUESTION_MODULES)
    .map((name) => moduleOf('visprog', name))
    .filter((one): one is AnyModule => one !== undefined);
  const most = { ...MOST, ...o.most };
  const texts: Readonly<Record<string, string>> = { ...TEXTS, ...o.texts };
  const rules: Record<string, readonly (readonly RulePart[])[]> = {};
  for (const [name, pattern] of Object.entries(texts)) rules[`text ${name}`] = [[{ pattern }]];
  const keyOf = (steps: Steps): string => PREFIXES.map(([prefix]) => (steps[prefix] ?? []).map((type) => type[0]).join('')).join('.');
  /** A rule by what it says: equal ones are one. */
  const known = new Map<string, string>();
  const shared = (alternatives: readonly (readonly RulePart[])[]): RulePart => {
    const key = JSON.stringify(alternatives);
    let rule = known.get(key);
    if (rule === undefined) {
      rule = `r${known.size}`;
      known.set(key, rule);
      rules[rule] = alternatives;
    }
    return { rule };
  };

  /** The names of one type that are there, undefined where there are none. */
  const namesOf = (steps: Steps, type: Type): RulePart | undefined => {
    const names = [
      ...(fits('image', type) ? ['IMAGE'] : []),
      ...PREFIXES.flatMap(([prefix]) => (steps[prefix] ?? []).flatMap((own, i) => (fits(own, type) ? [`${prefix}${i}`] : []))),
    ];
    return names.length > 0 ? shared(names.map((name) => [name])) : undefined;
  };

  /** What stands behind `NAME=MODULE(`; undefined where something that the module takes is not there. */
  const argumentsOf = ({ takes }: AnyModule, steps: Steps): RulePart | undefined => {
    const parts: RulePart[] = [];
    for (const [name, written] of Object.entries(takes as Parameters)) {
      const { type, optional } = parameterOf(written);
      if (optional) continue;
      parts.push(`${parts.length > 0 ? ',' : ''}${name}=`);
      if (type === 'string') parts.push("'", { rule: `text ${Object.hasOwn(texts, name) ? name : 'text'}` }, "'");
      else {
        const names = namesOf(steps, type);
        if (!names) return undefined;
        parts.push(names);
      }
    }
    return shared([[...parts, ')\n']]);
  };

  // Modules that take and give the same are one alternative.
  const groups = new Map<string, AnyModule[]>();
  for (const module of modules) {
    const key = JSON.stringify([module.takes, module.name === 'EVAL' || module.gives]);
    groups.set(key, [...(groups.get(key) ?? []), module]);
  }
  const open: Steps[] = [{}];
  const start = `steps ${keyOf({})}`;
  for (let steps = open.pop(); steps; steps = open.pop()) {
    const key = `steps ${keyOf(steps)}`;
    if (Object.hasOwn(rules, key)) continue;
    const own = steps;
    const lines: RulePart[][] = [];
    const add = (prefix: string, type: Type, parts: readonly RulePart[]): void => {
      const there = own[prefix] ?? [];
      if (there.length >= (most[prefix as keyof typeof most] ?? 0)) return;
      const next = { ...own, [prefix]: [...there, type] };
      open.push(next);
      lines.push([`${prefix}${there.length}=`, ...parts, { rule: `steps ${keyOf(next)}` }]);
    };
    for (const group of groups.values()) {
      const [first] = group as [AnyModule];
      if (first.name === 'EVAL') {
        for (const [type, expressions] of evaluations(own.ANSWER ?? [])) add('ANSWER', type, ['EVAL(expr="', shared(expressions), '")\n']);
        continue;
      }
      const prefix = PREFIXES.find(([, types]) => types.includes(first.gives as Type))?.[0];
      const args = argumentsOf(first, own);
      if (prefix && args) add(prefix, first.gives as Type, [shared(group.map(({ name }) => [`${name}(`])), args]);
    }
    const names = PREFIXES.flatMap(([prefix]) => (own[prefix] ?? []).map((_, i) => [`${prefix}${i}`]));
    rules[key] = names.length > 0 ? [...lines, ['FINAL_RESULT=RESULT(var=', shared(names), ')']] : lines;
  }
  return { type: 'rules', rules, start };
}

/** Expressions over answers, by the type of their value: sums, comparisons, and choices between yes and no. */
function evaluations(answers: readonly Type[]): [Type, RulePart[][]][] {
  const numbers = answers.flatMap((type, i) => (type === 'number' ? [`{ANSWER${i}}`] : []));
  const strings = answers.flatMap((type, i) => (type === 'string' ? [`{ANSWER${i}}`] : []));
  const tests: RulePart[][] = [
    ...numbers.flatMap((a) =>
      ['>', '<', '==', '!='].flatMap((sign) =>
        [`${a} ${sign} `].flatMap((head) => [[head, { pattern: '[0-9]' }], ...numbers.filter((b) => b !== a).map((b) => [`${head}${b}`])]),
      ),
    ),
    ...strings.flatMap((a) => [[`${a} == '`, { pattern: '[a-z ]{1,20}' }, "'"]]),
  ];
  if (tests.length === 0) return [];
  const both = numbers.flatMap((a, i) =>
    numbers
      .slice(i + 1)
      .flatMap((b) =>
        ['and', 'or'].flatMap((word) => ['>', '=='].flatMap((x) => ['>', '=='].map((y) => [`${a} ${x} 0 ${word} ${b} ${y} 0`]))),
      ),
  );
  const choices = [...tests, ...both].map((test) => ["'yes' if ", ...test, " else 'no'"]);
  const sums = numbers.flatMap((a) => numbers.filter((b) => b !== a).flatMap((b) => [[`${a} + ${b}`], [`${a} - ${b}`]]));
  return [['string', choices], ...(sums.length > 0 ? [['number', sums] as [Type, RulePart[][]]] : [])];
}

/** Pieces of programs that are worth a token of their own: what a tokenizer gets added before a planner is trained. */
export function programTokens(o: Pick<ProgramRulesOptions, 'modules' | 'most'> = {}): string[] {
  const most = { ...MOST, ...o.most };
  const names = Object.entries(most).flatMap(([prefix, n]) => Array.from({ length: n }, (_, i) => `${prefix}${i}`));
  const pieces = (o.modules ?? QUESTION_MODULES).flatMap((name) => {
    const takes = Object.entries((moduleOf('visprog', name)?.takes ?? {}) as Parameters).filter(([, type]) => !parameterOf(type).optional);
    return takes.map(([key, type], i) => `${i === 0 ? `=${name}(` : ','}${key}=${type === 'string' ? "'" : type === 'any' ? '"' : ''}`);
  });
  const rest = [
    'IMAGE',
    'FINAL_RESULT=RESULT(var=',
    "')\n",
    '")\n',
    ')\n',
    "'yes' if {",
    '} > 0',
    '} == 0',
    '} > {',
    '} < {',
    '} == {',
    '} + {',
    '} - {',
    ' and {',
    ' or {',
    "} else 'no'",
    " else 'no'",
    'LEFT',
    'RIGHT',
    'TOP',
    'BOTTOM',
    '{',
  ];
  return [...new Set([...names, ...pieces, ...rest])];
}
