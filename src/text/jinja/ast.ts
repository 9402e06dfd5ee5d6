// The tree of a template.

/** Arguments of a call, a filter or a test. */
export interface Arguments {
  args: Expression[];
  kwargs: [string, Expression][];
  /** `*args` and `**kwargs`. */
  rest?: Expression;
  restKwargs?: Expression;
}

export type Expression = { line: number } & (
  | { kind: 'constant'; value: unknown }
  | { kind: 'name'; name: string }
  | { kind: 'attribute'; of: Expression; name: string }
  | { kind: 'item'; of: Expression; key: Expression }
  | { kind: 'slice'; start?: Expression; stop?: Expression; step?: Expression }
  | { kind: 'list' | 'tuple' | 'concat'; items: Expression[] }
  | { kind: 'dict'; pairs: [Expression, Expression][] }
  | { kind: 'call'; of: Expression; with: Arguments }
  | { kind: 'filter'; of: Expression | undefined; name: string; with: Arguments }
  | { kind: 'test'; of: Expression; name: string; with: Arguments }
  | { kind: 'choice'; test: Expression; then: Expression; otherwise?: Expression }
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'not' | 'negative' | 'positive'; of: Expression }
  | { kind: 'binary'; sign: string; left: Expression; right: Expression }
  | { kind: 'compare'; first: Expression; rest: [sign: string, Expression][] }
);

/** What can be assigned to: a name, an attribute of a namespace, or several of them. */
export type Target = { kind: 'name'; name: string } | { kind: 'member'; of: string; name: string } | { kind: 'several'; targets: Target[] };

export interface MacroParts {
  parameters: { name: string; fallback?: Expression }[];
  body: Statement[];
  /** Which of `caller`, `varargs` and `kwargs` the body uses. */
  uses: ReadonlySet<string>;
}

export type Statement = { line: number } & (
  | { kind: 'text'; value: string }
  | { kind: 'print'; value: Expression }
  | { kind: 'for'; target: Target; over: Expression; test?: Expression; recursive: boolean; body: Statement[]; otherwise: Statement[] }
  | { kind: 'if'; branches: [Expression, Statement[]][]; otherwise: Statement[] }
  | { kind: 'set'; target: Target; value: Expression }
  | { kind: 'setBlock'; target: Target; filter?: Expression; body: Statement[] }
  | ({ kind: 'macro'; name: string } & MacroParts)
  | ({ kind: 'callBlock'; call: Expression } & MacroParts)
  | { kind: 'filterBlock'; filter: Expression; body: Statement[] }
  | { kind: 'with'; targets: Target[]; values: Expression[]; body: Statement[] }
  | { kind: 'scope'; body: Statement[] }
  | { kind: 'break' | 'continue' }
);
