// CCEval and HaELM with a scripted judge: matching, CHAIR beside coverage and length, fixed coverage, verdicts that cannot be read.

import { describe, expect, test } from 'vitest';
import type { Judge } from '../judge.js';
import { ccEval, matchedThings } from './cc-eval.js';
import { folder, resultOf, rowsOf, valuesOf } from './files-testing.js';
import { haelm } from './haelm.js';

const files = folder();
const judge = (verdict: (prompt: string) => string): Judge => ({
  name: 'scripted',
  replies: async (prompts) => prompts.map(verdict),
});

describe('CCEval', () => {
  test('lines of a judge: numbering, marks, twice the same thing, objects outside the list', () => {
    const objects = ['dog', 'traffic light'];
    expect(matchedThings('1. A puppy -> dog\n- **lights** → "traffic light"\nsky => none\nA puppy -> dog', objects)).toEqual([
      { name: 'a puppy', object: 'dog' },
      { name: 'lights', object: 'traffic light' },
      { name: 'sky' },
    ]);
    expect(matchedThings('cat -> feline', objects)).toBeUndefined();
    expect(matchedThings('Nothing.', objects)).toEqual([]);
    expect(matchedThings('', objects)).toBeUndefined();
    expect(matchedThings(`${'a -> b -> c\n'.repeat(5000)}dog -> dog`, objects)).toBeUndefined();
  });

  test('scores: made-up things, coverage, length, CHAIR-i at fixed coverage; silence names nothing', async () => {
    await files.images('cc/1.jpg', 'cc/2.jpg', 'cc/3.jpg');
    const data = [
      await files.write('cc/objects.jsonl', [
        { image: '1.jpg', objects: ['dog', 'Cup', 'dog'] },
        { image_id: 2, objects: [{ names: ['tree'] }, { names: ['house'] }] },
        { image: '3.jpg', objects: ['car', 'bus'] },
      ]),
    ];
    const prompts: string[] = [];
    const scripted = judge((prompt) => {
      prompts.push(prompt);
      if (prompt.includes('image: dog, cup.')) return 'dog -> dog\nbone -> none\ncup -> cup';
      return 'tree -> tree\nbird -> none';
    });
    const result = await resultOf(ccEval, { data }, (_, i) => ['A dog with a bone, a cup.', 'A tree and a bird.', ''][i] as string, {
      judge: scripted,
    });
    expect(prompts).toHaveLength(3);
    // The first two things of both texts cover dog and tree of six objects less the silent row's two: 2 of 4; CHAIR-i there is 0, then 2 of 4.
    expect(valuesOf(result)).toMatchObject({
      'CHAIR-i': 2 / 5,
      'CHAIR-s': 1,
      coverage: 3 / 4,
      'CHAIR-i at coverage 0.1': 0,
      'CHAIR-i at coverage 0.5': 0,
      things: 2.5,
      'unreadable verdicts': 0,
      unparsed: 1 / 3,
    });
    expect(result.about).toContain('(scripted)');
  });

  test('rows of another file are named', async () => {
    await files.images('cc/1.jpg');
    const odd = await files.write('cc/odd.jsonl', [{ image: '1.jpg', objects: [] }]);
    await expect(rowsOf(ccEval({ data: [odd] }))).rejects.toMatchObject({ code: 'evaluate.row', place: `${odd}, line 1` });
  });
});

test('HaELM: references and caption in the prompt, share called accurate, majority of repeats', async () => {
  await files.images('h/1.jpg', 'h/2.jpg');
  const data = [
    await files.write('h/captions.json', {
      images: [
        { id: 1, file_name: '1.jpg' },
        { id: 2, file_name: '2.jpg' },
      ],
      annotations: [
        { image_id: 1, caption: 'A dog.' },
        { image_id: 1, caption: 'A red dog.' },
        { image_id: 2, caption: 'A cup.' },
      ],
    }),
  ];
  let n = 0;
  const scripted = judge((prompt) => {
    if (prompt.includes('- A dog.\n- A red dog.\nOur caption: a dog')) return 'Yes.';
    return n++ === 0 ? 'yes' : 'no';
  });
  const result = await resultOf(haelm, { data }, (_, i) => (i === 0 ? 'a dog' : 'a cat'), { judge: scripted, judgeRepeats: 3 });
  expect(valuesOf(result)).toMatchObject({ accurate: 0.5, words: 2, 'repeated verdicts that agree': 0.5, 'unreadable verdicts': 0 });
});
