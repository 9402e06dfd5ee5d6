// Scopes of inputs: prefixes, sizes for named dimensions, one tensor for one name; and sizes read off tensors.

import { describe, expect, it } from 'vitest';
import { evaluate } from '../../test/graph/evaluate.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { concat, grad, type InputScope, input, inputsOf, sizesOf, withInputs, zeros } from './index.js';

/** A graph whose shapes are written with names. */
const trace = () => {
  const x = input('x', ['tiles', 'n', 4]);
  const y = input('y', ['tiles', '2*n']);
  const padded = concat([x.reshape(['tiles', 'n', 2, 2]), zeros(['tiles', 1, 2, 2])], 1);
  return padded
    .sum(1)
    .reshape(['tiles', 4])
    .matMul(y.reshape(['tiles', '2*n']).sum(1, true).expand(['tiles', 4]).transpose());
};
const within = (scope: InputScope) => withInputs(scope, trace);

describe('withInputs', () => {
  it('leaves names alone outside of a scope and in one that is empty', () => {
    for (const y of [trace(), within({})]) expect(inputsOf([y]).map(String)).toEqual(['float32[tiles,n,4]', 'float32[tiles,2*n]']);
  });

  it('gives inputs a prefix and their dimensions numbers, in shapes that are written with names too', () => {
    const y = within({ prefix: 'media0.', sizes: { tiles: 3, n: 5 } });
    expect(y.shape).toEqual([3, 3]);
    expect(inputsOf([y]).map((x) => [x.name, ...x.shape])).toEqual([
      ['media0.x', 3, 5, 4],
      ['media0.y', 3, 10],
    ]);
  });

  it('has names where only some are known, and sums of names', () => {
    const y = withInputs({ sizes: { past: 2, b: 3 } }, () => input('y', ['a', '2*a*b', '(past+a)', '(past+b)']));
    expect(y.shape).toEqual(['a', '6*a', '(2+a)', 5]);
  });

  it('takes gradients that need numbers', async () => {
    const x = () => input('x', ['n', 2]);
    const loss = withInputs({ sizes: { n: 3 } }, () => concat([x(), x()], 0).reshape(['2*n', 2]).mul(2).sum());
    const leaf = inputsOf([loss])[0] as ReturnType<typeof x>;
    const { dx } = await evaluate({ dx: grad(loss, leaf) }, { x: hostTensor('float32', [3, 2]) });
    expect(Array.from((dx as HostTensor<'float32'>).data)).toEqual(new Array(6).fill(4));
  });

  it('nests: prefixes follow one another, inner sizes win, and the outer scope comes back', () => {
    const shapes = withInputs({ prefix: 'a.', sizes: { n: 1, m: 2 } }, () => [
      withInputs({ prefix: 'b.', sizes: { n: 7 } }, () => input('x', ['n', 'm'])),
      input('x', ['n', 'm']),
    ]);
    expect(shapes.map((x) => [x.name, ...x.shape])).toEqual([
      ['a.b.x', 7, 2],
      ['a.x', 1, 2],
    ]);
    expect(input('x', ['n']).shape).toEqual(['n']);
  });

  it('ends with the function, also where that throws', () => {
    expect(() =>
      withInputs({ prefix: 'p.' }, () => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(input('x', ['n']).name).toBe('x');
  });

  it('gives one tensor for one name, and refuses another shape or type', () => {
    withInputs({}, () => {
      const x = input('x', ['n']);
      expect(input('x', ['n'])).toBe(x);
      expect(() => input('x', ['m'])).toThrow(expect.objectContaining({ code: 'graph.input' }));
      expect(() => input('x', ['n'], 'int32')).toThrow(expect.objectContaining({ code: 'graph.input' }));
    });
    expect(input('x', ['n'])).not.toBe(input('x', ['n']));
  });
});

describe('sizesOf', () => {
  const of = (...shape: number[]) => ({ shape });
  const inputs = [
    { name: 'places', shape: [2, 'frames', '4*groups'] },
    { name: 'patches', shape: ['frames', 'groups', 6] },
  ];

  it('reads names off tensors, and off products with one name that is open', () => {
    expect(sizesOf(inputs, { patches: of(3, 8, 6), places: of(2, 3, 32) })).toEqual({ frames: 3, groups: 8 });
    expect(sizesOf(inputs, { places: of(2, 3, 32) })).toEqual({ frames: 3, groups: 8 });
    expect(sizesOf(inputs, {})).toEqual({});
    expect(sizesOf(inputsOf([trace()]), { x: of(2, 5, 4), y: of(2, 10) })).toEqual({ tiles: 2, n: 5 });
  });

  it.each([
    ['another rank', { patches: of(3, 8) }],
    ['another number', { patches: of(3, 8, 7) }],
    ['two sizes for a name', { patches: of(3, 8, 6), places: of(2, 4, 32) }],
    ['another product', { patches: of(3, 8, 6), places: of(2, 3, 36) }],
    ['a product that does not divide', { places: of(2, 3, 33) }],
  ])('refuses %s', (_, feeds) => {
    expect(() => sizesOf(inputs, feeds)).toThrow(expect.objectContaining({ code: 'graph.input' }));
  });
});
