// What the sandbox forbids and bounds, where errors stand, and dates. What is written is compared in chat-golden.test.ts.

import { describe, expect, it } from 'vitest';
import { Jinja, marked, TemplateError, text, toValue } from './index.js';

const render = (source: string, variables: Record<string, unknown> = {}): string =>
  text(new Jinja(source).render(Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toValue(value)]))));

describe('bounds', () => {
  it.each([
    '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}',
    '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}',
    "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    '{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
    '{% set ns = namespace(d=[]) %}{% for i in range(40) %}{% set ns.d = [ns.d, ns.d] %}{% endfor %}{{ ns.d }}',
    "{{ 'a' * 10**12 }}",
    '{{ [0] * 10**12 }}',
    "{{ '%1000000000d' % 1 }}",
    "{{ 'x'.center(10**10) }}",
    '{{ 10 ** 400 }}',
    '{{ range(10**9) }}',
    `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
    `{{ 1${' + 1'.repeat(20_000)} }}`,
    '{% if 1 %}'.repeat(3000),
  ])('stop %s', (source) => {
    expect(() => render(source)).toThrow(TemplateError);
  });

  it('no quadratic work over long texts', () => {
    expect(render("{{ ('<!--' * 50000)|striptags|length }} {{ ('ab' * 100000).split('a')|length }}")).toBe('200000 100001');
  });
});

describe('the sandbox', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'call', 'length'])('has no %s', (name) => {
    const values = '[obj, "a", [], (1,), range, range(2), namespace(), none, 5, 1.5, dict]';
    expect(render(`{% for x in ${values} %}{{ x.${name} }}{{ x['${name}'] }}{% endfor %}{{ ${name} }}`, { obj: {} })).toBe('');
    expect(() => render(`{{ obj.${name}() }}`, { obj: {} })).toThrow(TemplateError);
    if (name !== 'length') expect(() => render(`{{ 'a'|${name} }}`)).toThrow(/No filter/);
    expect(() => render(`{{ 'a' is ${name} }}`)).toThrow(/No test/);
  });

  it('reads keys of such names, where data have them', () => {
    expect(
      render('{{ obj.constructor }}{{ obj["__proto__x"] }}{{ obj.items is string }}', {
        obj: { constructor: 'c', __proto__x: 'p', items: 'i' },
      }),
    ).toBe('cpFalse');
  });

  it.each(['obj.update({})', 'obj.pop("a")', 'list.append(1)', 'list.clear()', "''.__class__()"])('refuses %s', (call) => {
    expect(() => render(`{{ ${call} }}`, { obj: { a: 1 }, list: [1] })).toThrow(/is unsafe/);
  });
});

describe('errors', () => {
  it.each([
    ['a\n{{ x.y }}', 2],
    ["a\nb\n{{ raise_exception('no') }}", 3],
    ['a\n\n{{ 1 + }}', 3],
    ['{% if 1 %}\n{% for %}', 2],
    ["{#\n\n#}{{ 'a'|nope }}", 3],
    ['{% macro m() %}\n{{ 1 / 0 }}\n{% endmacro %}\n{{ m() }}', 2],
  ])('of %j are on line %i', (source, line) => {
    expect(() => render(source)).toThrow(expect.objectContaining({ line }) as Error);
  });
});

it('writes the time that it is given', () => {
  const now = (): Date => new Date(2026, 1, 3, 14, 5, 9);
  const source = "{{ strftime_now('%d %b %Y|%A %B %-d|%Y-%m-%d %H:%M:%S|%I %p %j %y|%e|%V %U %W|%%|%Q') }}";
  expect(text(new Jinja(source, now).render({}))).toBe('03 Feb 2026|Tuesday February 3|2026-02-03 14:05:09|02 PM 034 26| 3|06 05 05|%|%Q');
});

it('knows where each character came from', () => {
  const source = { from: 'user' };
  const origin = (template: string): string => {
    const out = new Jinja(template).render({ x: marked('aXb', source) });
    if (typeof out === 'string') return '';
    let at = 0;
    let mine = '';
    for (const run of out.runs) {
      if (run.source === source) mine += out.value.slice(at, run.end);
      at = run.end;
    }
    return mine;
  };
  for (const template of [
    "{{ '<' + x + '>' }}", '{{ x ~ 1 }}', "{{ '%s!' % x }}", "{{ '{}!'.format(x) }}", '{{ x.split("-")[0] }}', "{{ [x, 'y']|join('-') }}",
    '{{ x|trim }}', '{{ x[0:3] }}', '{{ {"k": x}["k"] }}', '{% set y %}{{ x }}{% endset %}{{ y }}', '{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) }}',
    '{{ [x]|map("string")|first }}', '{{ [x]|tojson }}', '{{ [x] }}', '{% filter trim %} {{ x }} {% endfilter %}', '{% for c in x %}{{ c }}{% endfor %}',
    '{{ x|safe }}', '{{ "q".replace("q", x) }}', '{{ x.center(9) }}', '{{ x|indent }}', '{{ x.partition("z")[0] }}',
  ]) // biome-ignore format: one template after another
    expect(origin(template), template).toBe('aXb');
  expect(origin('{{ x|upper }}')).toBe('AXB');
  expect(origin("{{ x.replace('X', '') }}")).toBe('ab');
  expect(origin('{{ x[::-1] }}')).toBe('bXa');
  expect(origin('{{ x|length }}')).toBe('');
});
