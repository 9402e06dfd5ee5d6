// Teachers: what they write is read, cleaned and compared; a run that broke off goes on; every row says where it comes from.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SensoriumError } from '../../util/errors.js';
import { readJsonl } from '../../util/fs.js';
import { Rng } from '../../util/rng.js';
import { conversations } from '../conversations.js';
import type { ImageFacts } from './facts.js';
import {
  INSTRUCT_PROMPTS,
  Instructions,
  instructPrompt,
  isRefusal,
  likeness,
  parsePairs,
  repeats,
  rowInstructFacts,
  sceneInstructFacts,
  type Teacher,
  type TeacherRequest,
  teachInstructions,
  wordsOf,
  worldTeacher,
} from './index.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-instruct-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const facts = (more: Partial<ImageFacts> = {}): ImageFacts => ({
  id: 'one',
  image: new Uint8Array([0x89, 0x50, 1]),
  hash: 'abc',
  captions: ['a dog by a cup'],
  objects: [{ label: 'dog', box: [1, 2, 3, 4] }, { label: 'cup' }],
  pairs: [],
  ...more,
});
const context = { rng: new Rng(1), turns: 2, language: 'en' as const, seeds: [] };

interface Written {
  id: string;
  conversations: { from: string; value: string }[];
  task: string;
  provenance: Record<string, unknown>;
}

/** A teacher that replies by `reply`, and counts what it is asked. */
function teacher(
  reply: (request: TeacherRequest, n: number) => string | undefined,
  more: Partial<Teacher> = {},
): Teacher & { asked: TeacherRequest[] } {
  const asked: TeacherRequest[] = [];
  return {
    name: 'somebody',
    seesImages: true,
    asked,
    async replies(requests, { onReply, onFailed }) {
      for (const [place, request] of requests.entries()) {
        asked.push(request);
        const text = reply(request, asked.length);
        if (text === undefined) onFailed(place, 'refused by the server');
        else onReply(place, text);
      }
    },
    ...more,
  };
}
async function* several(...list: ImageFacts[]): AsyncGenerator<ImageFacts> {
  yield* list;
}

describe('replies', () => {
  it('are read as pairs', () => {
    const pairs = [
      { question: 'What is it?', answer: 'A dog.\nIt sleeps.' },
      { question: 'And that?', answer: 'A cup.' },
    ];
    expect(parsePairs('Sure!\nQuestion: What is it?\nAnswer: A dog.\nIt sleeps.\n\n**Question:** And that?\n**Answer:** A cup.')).toEqual(
      pairs,
    );
    expect(parsePairs('1. Q: What is it?\nA: A dog.')).toEqual([{ question: 'What is it?', answer: 'A dog.' }]);
    expect(parsePairs('问题：这是什么？\n答案：一只狗。')).toEqual([{ question: '这是什么？', answer: '一只狗。' }]);
    expect(parsePairs('Question: What is it?')).toBeUndefined();
    expect(parsePairs('Just a text.')).toBeUndefined();
  });

  it('that refuse are told from those that do not', () => {
    for (const text of ["I'm sorry, but I can't help.", 'As an AI language model, I …', 'I cannot see the image.', '抱歉，我无法查看。'])
      expect(isRefusal(text)).toBe(true);
    for (const text of ['The man says sorry to the dog.', 'You cannot see its tail.', 'There is a cup.'])
      expect(isRefusal(text)).toBe(false);
  });

  it('that repeat themselves are told from those that do not', () => {
    expect(repeats('The dog is red here. The cup is blue. The dog is red here.')).toBe(true);
    expect(repeats('a b c a b c a b c a b c')).toBe(true);
    expect(repeats('很很很很好')).toBe(true);
    expect(repeats('step 1 step 1 step 1 step 1')).toBe(true);
    expect(repeats('1 + 1 + 1 + 1 + 1 = 5')).toBe(false);
    expect(repeats('There are two dogs. There are two cups. Yes. Yes.')).toBe(false);
  });

  it('are compared by ROUGE-L', () => {
    expect(likeness(wordsOf('what color is the dog'), wordsOf('what color is the cat'))).toBeCloseTo(0.8, 12);
    const kept = new Instructions(0.7);
    expect(['What color is the dog?', 'What color is the cat?', 'Where is it?', 'where IS it'].map((text) => kept.add(text))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('prompts', () => {
  it('say what is known, show examples, and name no other data', () => {
    for (const prompt of INSTRUCT_PROMPTS) {
      const text = prompt.prompt(facts({ pairs: [{ question: 'What?', answer: 'red' }] }), { ...context, seeds: ['Who is there?'] });
      expect(text.length).toBeGreaterThan(60);
      if (!prompt.seesImage && prompt.by === 'image') expect(text).toContain('- dog [1, 2, 3, 4]');
      if (prompt.by === 'row') expect(text).toContain('Answer: red');
    }
    expect(instructPrompt('conversation').prompt(facts(), { ...context, seeds: ['Who is there?'] })).toContain('- Who is there?');
    expect(() => instructPrompt('talk')).toThrow(expect.objectContaining({ code: 'data.option' }));
  });

  it('read only what keeps to the facts', () => {
    const detgpt = instructPrompt('detgpt');
    const wish = (targets: string): string => `Question: I am thirsty.\nAnswer: A cup helps. Targets: [${targets}]`;
    expect(detgpt.read(wish('cup'), facts(), context)).toHaveLength(1);
    expect(detgpt.read(wish('bottle'), facts(), context)).toBeUndefined();
    expect(detgpt.read('Question: I am thirsty.\nAnswer: A cup helps.', facts(), context)).toBeUndefined();
    const short = facts({ pairs: [{ question: 'Which color?', answer: 'red' }] });
    const rewrite = (reply: string) => instructPrompt('rewrite').read(reply, short, context);
    expect(rewrite('Question: x\nAnswer: The dog is red.')).toEqual([{ question: 'Which color?', answer: 'The dog is red.' }]);
    expect(rewrite('Question: x\nAnswer: The dog is reddish.')).toBeUndefined();
    expect(rewrite('Question: x\nAnswer: It is red.\nQuestion: y\nAnswer: red')).toBeUndefined();
    expect(instructPrompt('translate').read('Question: 什么颜色？\nAnswer: 红色', short, context)).toEqual([
      { question: '什么颜色？', answer: '红色' },
    ]);
    const allava = instructPrompt('allava').read('Caption: A dog.\nQuestion: Why?\nAnswer: Because.', facts(), context);
    expect(allava?.map(({ answer }) => answer)).toEqual(['A dog.', 'Because.']);
  });
});

describe('teachInstructions', () => {
  it('the world writes exact rows, the same each time, with their origin', async () => {
    const kinds = ['conversation', 'detail', 'reasoning', 'minigpt4', 'detgpt', 'lvis', 'allava'];
    const make = (name: string) =>
      teachInstructions({
        teacher: worldTeacher(),
        kinds,
        facts: sceneInstructFacts({ scenes: 6, seed: 3 }),
        out: join(dir, name),
        likeness: 1.01,
      });
    const made = await make('world.jsonl');
    expect(made.rows).toBeGreaterThan(30);
    expect(made.dropped.form).toBeLessThanOrEqual(6); // scenes without a thing of a known kind
    expect([made.dropped.failed, made.dropped.refused, made.dropped.repeats]).toEqual([0, 0, 0]);
    const rows = await readJsonl<Written>(join(dir, 'world.jsonl'));
    expect(rows[0]?.provenance).toMatchObject({
      teacher: 'world',
      prompt: 'conversation@1',
      image: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(new Set(rows.map(({ task }) => task))).toEqual(new Set(kinds));
    await make('again.jsonl');
    const again = await readFile(join(dir, 'again.jsonl'), 'utf8');
    expect(again.replaceAll('again-images', 'world-images')).toBe(await readFile(join(dir, 'world.jsonl'), 'utf8'));
    // As data of training, and as the images of a second round.
    const set = await conversations(join(dir, 'world.jsonl')).open();
    expect((await set.get(0)).extra?.provenance).toBeDefined();
    const read: ImageFacts[] = [];
    for await (const one of rowInstructFacts(set)) read.push(one);
    expect(read).toHaveLength(6);
    expect(read[0]).toMatchObject({ size: { width: 64, height: 64 }, hash: rows[0]?.provenance.image });
    set.dispose();
  });

  it('sums reason rightly', async () => {
    for await (const { scene, ...rest } of sceneInstructFacts({ scenes: 20, seed: 8 })) {
      let text = '';
      const request = { messages: [], kind: 'reasoning', facts: { ...rest, scene }, context, seed: 0 };
      await worldTeacher().replies([request], { onReply: (_, reply) => { text = reply; }, onFailed: () => undefined }); // biome-ignore format: one thing
      const n = scene?.objects.length as number;
      expect(text).toContain(`= ${n}.`);
      expect(text).toMatch(n === 1 ? /there is 1 thing in all/ : new RegExp(`there are ${n} things in all`));
    }
  });

  it('goes on where a teacher that is down stopped it, and asks nothing twice', async () => {
    const list = [facts({ id: 'a', hash: 'a' }), facts({ id: 'b', hash: 'b' }), facts({ id: 'c', hash: 'c' })];
    const down = teacher(({ facts: { id } }, n) => {
      if (n === 3) throw new SensoriumError('evaluate.server', 'the server cannot be used');
      return `Question: What is ${id}?\nAnswer: ${id}.`;
    });
    const out = join(dir, 'resumed.jsonl');
    const o = { kinds: ['conversation'], out };
    await expect(teachInstructions({ ...o, teacher: down, facts: several(...list) })).rejects.toMatchObject({ code: 'evaluate.server' });
    await expect(readFile(out)).rejects.toMatchObject({ code: 'ENOENT' });
    const up = teacher(({ facts: { id } }) => `Question: What is ${id}?\nAnswer: ${id}.`);
    const made = await teachInstructions({ ...o, teacher: up, facts: several(...list) });
    expect([made.rows, made.asked, made.known]).toEqual([3, 1, 2]);
    expect(up.asked.map((request) => request.facts.id)).toEqual(['c']);
    // Another temperature is another teacher.
    const warm = teacher(() => 'Question: What?\nAnswer: x.', { sampling: { temperature: 1 } });
    expect((await teachInstructions({ ...o, teacher: warm, force: true, facts: several(...list) })).known).toBe(0);
  });

  it('counts what it leaves out, and why', async () => {
    const replies = [
      undefined,
      "I'm sorry, I can't.",
      'A text.',
      'Question: What is it?\nAnswer: a b c a b c a b c a b c',
      'Question: Who is here?\nAnswer: A dog.\nQuestion: Who is here?\nAnswer: A cat.',
    ];
    const some = teacher((_, n) => replies[n - 1]);
    const list = replies.map((_, i) => facts({ id: String(i), hash: String(i) }));
    const made = await teachInstructions({ teacher: some, kinds: ['conversation'], facts: several(...list), out: join(dir, 'left.jsonl') });
    expect(made.dropped).toEqual({ failed: 1, refused: 1, form: 1, repeats: 1, known: 1 });
    expect([made.rows, made.pairs, made.failures]).toEqual([1, 1, ['0: refused by the server']]);
  });

  it('differs from all instructions, as self-instruct wants it', async () => {
    const same = teacher(() => 'Question: What is there to see?\nAnswer: A dog.');
    const list = [facts({ id: 'a', hash: 'a' }), facts({ id: 'b', hash: 'b' })];
    const made = await teachInstructions({
      teacher: same,
      kinds: ['conversation'],
      facts: several(...list),
      out: join(dir, 'all.jsonl'),
      distinct: 'all',
    });
    expect([made.rows, made.dropped.known]).toEqual([1, 1]);
  });

  it('cleans descriptions in a second pass, without the image', async () => {
    const two = teacher(({ before }) => (before === undefined ? 'A dog. A dog.' : 'A dog.'));
    const out = join(dir, 'clean.jsonl');
    await teachInstructions({ teacher: two, kinds: ['minigpt4'], facts: several(facts()), out });
    expect(two.asked.map(({ messages }) => typeof messages[0]?.content)).toEqual(['object', 'string']);
    expect((await readJsonl<Written>(out))[0]?.conversations[1]?.value).toBe('A dog.');
  });

  it('rewrites rows and keeps their questions', async () => {
    const source = join(dir, 'short.jsonl');
    await writeFile(
      source,
      `${JSON.stringify({
        id: 'r',
        conversations: [
          { from: 'human', value: 'Which color?' },
          { from: 'gpt', value: 'red' },
        ],
      })}\n`,
    );
    const set = await conversations(source).open();
    const out = join(dir, 'long.jsonl');
    const some = teacher(() => 'Question: Which color?\nAnswer: The dog is red.');
    await teachInstructions({ teacher: some, kinds: ['rewrite'], facts: rowInstructFacts(set, { by: 'row' }), out });
    set.dispose();
    expect((await readJsonl<Written>(out))[0]?.conversations.map(({ value }) => value)).toEqual(['Which color?', 'The dog is red.']);
  });

  it('is refused: a teacher that sees nothing, images that are not of the world, nothing that could be used, a file that is there', async () => {
    const out = join(dir, 'none.jsonl');
    const blind = teacher(() => '', { seesImages: false });
    await expect(teachInstructions({ teacher: blind, kinds: ['allava'], facts: several(facts()), out })).rejects.toMatchObject({
      code: 'data.teacher',
      got: 'allava',
    });
    await expect(teachInstructions({ teacher: worldTeacher(), kinds: ['detail'], facts: several(facts()), out })).rejects.toMatchObject({
      code: 'data.teacher',
    });
    const silent = teacher(() => 'no pairs');
    await expect(teachInstructions({ teacher: silent, kinds: ['conversation'], facts: several(facts()), out })).rejects.toMatchObject({
      code: 'data.teacher',
      got: expect.stringContaining('1 form'),
    });
    await expect(
      teachInstructions({ teacher: silent, kinds: ['detail'], facts: several(facts()), out: join(dir, 'left.jsonl') }),
    ).rejects.toMatchObject({ code: 'data.exists' });
  });
});
