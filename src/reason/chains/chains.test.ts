// Chains: what each strategy asks of whom, what it makes of the replies, its budget, its checks, and its page.

import { describe, expect, it } from 'vitest';
import type { PartialResponder, ReplyOptions } from '../../evaluate/responder.js';
import { worldVocabulary } from '../../evaluate/world-source.js';
import type { RgbImage } from '../../media/index.js';
import type { ChatMessage, ContentPart } from '../../text/index.js';
import { truthVerifier } from '../../trust/verifier.js';
import {
  CHAINS,
  type Chain,
  type ChainsOptions,
  chainPage,
  chainsOf,
  grammarThinker,
  promptedThinker,
  readAnswer,
  readSplit,
  withChain,
} from './index.js';
import { sentencesOf } from './run.js';
import { BREADTH, DEPTH } from './strategies/ddcot.js';
import { SAMPLES, votesOf } from './strategies/self-consistency.js';

const pixels: RgbImage = { width: 8, height: 8, data: new Uint8Array(192).fill(90) };
const picture = { type: 'image' as const, source: pixels };
const about = (question: string, images = 1): ChatMessage[] => [
  { role: 'user', content: [...Array.from({ length: images }, () => picture), { type: 'text', text: question }] },
];
const words = ({ content }: ChatMessage): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as ContentPart[]).map((part) => ('text' in part ? part.text : `[${part.type}]`)).join(' ');

/** A responder that answers by a function, and keeps what it was asked. */
function scripted(reply: (asked: string, options: ReplyOptions) => string | undefined) {
  const asked: string[] = [];
  const batches: number[] = [];
  const responder: PartialResponder = {
    async replies(conversations, options) {
      batches.push(conversations.length);
      return conversations.map((messages, place) => {
        const text = messages.map(words).join(' | ');
        asked.push(text);
        const own = reply(text, options);
        if (own === undefined) options.onFailed?.(place, 'refused');
        return own;
      });
    },
  };
  return { responder, asked, batches };
}
const one = async (eye: PartialResponder, question: string, options: ChainsOptions, images = 1): Promise<Chain> => {
  const [chain] = await chainsOf(eye, [about(question, images)], options);
  return chain as Chain;
};
const texts = ({ steps }: Chain): string[] => steps.map(({ kind, text }) => `${kind}: ${text}`);

describe('strategies of one model', () => {
  it('direct asks the question alone', async () => {
    const eye = scripted(() => 'red');
    const chain = await one(eye.responder, 'What color?', { chain: 'direct' });
    expect(eye.asked).toEqual(['[image] What color?']);
    expect(chain).toMatchObject({ answer: 'red', tier: 'own', calls: 1, tokens: 1 });
  });

  it('zero-shot asks for steps, then for the answer behind them', async () => {
    const eye = scripted((asked) => (asked.endsWith('Therefore, the answer is') ? ' 3 ' : '1. Two cups.\n2. One more is 3.'));
    const chain = await one(eye.responder, 'How many?', { chain: 'zero-shot' });
    expect(eye.asked[0]).toBe("[image] How many?\nLet's think step by step.");
    expect(eye.asked[1]).toBe("[image] How many?\nLet's think step by step. | Two cups. One more is 3. | Therefore, the answer is");
    expect(texts(chain)).toEqual(['thought: Two cups.', 'thought: One more is 3.', 'answer: 3']);
  });

  it('two-stage asks two questions, the second with the rationale of the first', async () => {
    const eye = scripted((asked) => (asked.endsWith('Rationale:') ? 'The hat is red.' : 'red'));
    const chain = await one(eye.responder, 'What color?', { chain: 'two-stage' });
    expect(eye.asked).toEqual(['[image] What color?\nRationale:', '[image] What color?\nRationale: The hat is red.\nAnswer:']);
    expect(chain.answer).toBe('red');
  });

  it('fixed thinks three times, adaptive until it has the answer', async () => {
    let n = 0;
    const eye = scripted((asked) => (asked.includes('Therefore') ? 'done' : `Step ${++n}: thought ${n}`));
    const fixed = await one(eye.responder, 'Why?', { chain: 'fixed' });
    expect(texts(fixed)).toEqual(['thought: thought 1', 'thought: thought 2', 'thought: thought 3', 'answer: done']);
    n = 0;
    const sure = scripted(() => (++n === 2 ? 'There are 2. The answer is two.' : `thought ${n}`));
    const adaptive = await one(sure.responder, 'Why?', { chain: 'adaptive' });
    expect(texts(adaptive)).toEqual(['thought: thought 1', 'thought: There are 2.', 'answer: two']);
    const same = scripted((asked) => (asked.includes('Therefore') ? 'x' : 'the same'));
    expect((await one(same.responder, 'Why?', { chain: 'adaptive' })).calls).toBe(3);
  });

  it('self-consistency takes the answer of most samples, and names ties', async () => {
    const drawn: (number | undefined)[] = [];
    const eye = scripted((asked, { sampling }) => {
      if (sampling) drawn.push(sampling.seed);
      return asked.includes('Therefore') ? (asked.includes('b5') || asked.includes('b6') ? 'No.' : 'yes') : `b${sampling?.seed}`;
    });
    const chain = await one(eye.responder, 'Is it?', { chain: 'self-consistency', seed: 5 });
    expect(drawn.sort()).toEqual([5, 6, 7, 8, 9].slice(0, SAMPLES));
    expect(chain).toMatchObject({ answer: 'yes', vote: [{ answer: 'yes', n: 3 }, { n: 2 }] });
    expect(chain.ties).toBeUndefined();
    expect(chain.steps.filter(({ sample }) => sample === 2).map(({ text }) => text)).toEqual(['b7', 'yes']);
    expect(votesOf(['a', 'The answer is B.', 'b', 'A', ''])).toEqual([
      { answer: 'a', n: 2 },
      { answer: 'B', n: 2 },
      { answer: '', n: 1 },
    ]);
    const tied = scripted((asked, { sampling }) =>
      asked.includes('Therefore') ? (['c', 'c', 'd', 'd', 'e'][Number(/b(\d)/.exec(asked)?.[1])] as string) : `b${sampling?.seed}`,
    );
    expect(await one(tied.responder, 'Which?', { chain: 'self-consistency' })).toMatchObject({ answer: 'c', ties: ['d'] });
  });

  it('infilling and predicting go over frames, and one picture is none', async () => {
    const eye = scripted((asked) => (asked.includes('What is in picture') ? 'a dog' : asked.includes('between') ? 'It moved.' : 'left'));
    const chain = await one(eye.responder, 'Where to?', { chain: 'infilling' }, 3);
    expect(eye.asked.filter((text) => text.includes('What happened between'))).toHaveLength(2);
    expect(chain.answer).toBe('left');
    expect((await one(eye.responder, 'Where to?', { chain: 'predicting' }, 3)).steps.map(({ text }) => text)).toContain(
      'What happens after picture 3?',
    );
    await expect(one(eye.responder, 'Where to?', { chain: 'infilling' })).rejects.toMatchObject({ code: 'reason.frames' });
  });
});

describe('a thinker and an eye', () => {
  const split = `Sub-questions:\n1. What is left of the cup?\n2. **Is a #1 an animal?**\n3) What color is the #1?\n\nSub-answers:\n1. Uncertain\n2. yes\n`;

  it('ddcot: the thinker splits and joins, the eye answers what is uncertain, with doubt', async () => {
    const thinker = scripted((asked) => (asked.includes('Sub-questions:') ? split : 'A dog is an animal. The answer is "yes".'));
    const eye = scripted((asked) => (asked.includes('left of') ? 'A dog.' : 'red'));
    const chain = await one(eye.responder, 'Is the thing left of the cup an animal?', {
      chain: 'ddcot',
      thinker: promptedThinker(thinker.responder, { tier: 'url', sees: false }),
    });
    expect(eye.asked).toEqual(['[image] What is left of the cup?', '[image] What color is the dog?']);
    expect(thinker.asked.every((text) => !text.includes('[image]'))).toBe(true);
    expect(thinker.asked[1]).toContain('What is left of the cup? A dog. (seen by a vision model');
    expect(thinker.asked[1]).toContain('Is a dog an animal? yes\n');
    expect(chain).toMatchObject({ answer: 'yes', tier: 'url', calls: 4 });
    expect(chain.steps.filter(({ kind, doubt }) => kind === 'look' && doubt).length).toBe(2);
  });

  it('a question that is not split is put to the eye, and the step says so', async () => {
    const thinker = scripted(() => 'I cannot.');
    const eye = scripted(() => '2');
    const chain = await one(eye.responder, 'How many?', {
      chain: 'ddcot',
      thinker: promptedThinker(thinker.responder, { tier: 'own', sees: false }),
    });
    expect(chain.answer).toBe('2');
    expect(chain.steps.find(({ kind }) => kind === 'look')?.doubt).toBe('the question was not split');
  });

  it('a thinker that does not see is told what is in the picture, once', async () => {
    const thinker = scripted((asked) => (asked.includes('Therefore') ? 'red' : 'It is red.'));
    const eye = scripted(() => 'A red cup.');
    const chain = await one(eye.responder, 'What color?', {
      chain: 'zero-shot',
      thinker: promptedThinker(thinker.responder, { tier: 'url', sees: false }),
    });
    expect(eye.asked).toHaveLength(1);
    expect(thinker.asked[1]).toMatch(/^Picture: A red cup\.\nWhat color\?/);
    expect(chain.calls).toBe(3);
  });

  it('a tree is bounded in breadth and depth', async () => {
    const many = `Sub-questions:\n${[1, 2, 3, 4, 5].map((i) => `${i}. part ${i}?`).join('\n')}`;
    const thinker = scripted((asked) => (asked.includes('Sub-questions:') ? many : 'The answer is 1.'));
    const eye = scripted(() => 'x');
    const chain = await one(eye.responder, 'whole?', {
      chain: 'tree',
      maxCalls: 200,
      thinker: promptedThinker(thinker.responder, { tier: 'own', sees: false }),
    });
    expect(eye.asked).toHaveLength(BREADTH ** DEPTH);
    expect(Math.max(...chain.steps.map(({ depth = 0 }) => depth))).toBe(DEPTH);
  });

  it('rules split and join without a model', async () => {
    const facts: Record<string, string> = {
      'How many dogs are there?': '3',
      'How many hats are there?': 'There are two hats.',
      'What is left of the cup?': 'a hat',
      'What color is the hat?': 'red',
      'What is above the hat?': 'dog',
      'How many red things are there?': '4',
    };
    const eye = scripted((asked) => facts[asked.replace('[image] ', '')] ?? 'unknown');
    const answer = async (question: string): Promise<string> =>
      (await one(eye.responder, question, { chain: 'ddcot', thinker: grammarThinker() })).answer;
    expect(await answer('Are there more dogs than hats?')).toBe('yes');
    expect(await answer('Are there more hats than dogs?')).toBe('no');
    expect(await answer('Are there as many hats as dogs?')).toBe('no');
    expect(await answer('How many dogs and hats are there together?')).toBe('5');
    expect(await answer('What color is the thing left of the cup?')).toBe('red');
    expect(await answer('Is the thing left of the cup clothing?')).toBe('yes');
    expect(await answer('Is the thing left of the cup an animal?')).toBe('no');
    expect(await answer('What is above the thing left of the cup?')).toBe('dog');
    expect(await answer('How many things have the color of the hat?')).toBe('4');
    expect(await answer('Are there more cats than hats?')).toBe('');
    await expect(answer2()).rejects.toMatchObject({ code: 'reason.thinker' });
    async function answer2() {
      return one(eye.responder, 'x?', { chain: 'two-stage', thinker: grammarThinker() });
    }
  });
});

describe('budgets, refusals and batches', () => {
  it('end a chain where they end, with what was found so far', async () => {
    const eye = scripted(() => 'two');
    const options = { chain: 'ddcot', thinker: grammarThinker(), maxCalls: 1 } as const;
    expect(await one(eye.responder, 'Are there more dogs than hats?', options)).toMatchObject({
      stopped: 'calls',
      answer: 'two',
      calls: 1,
    });
    const long = scripted(() => 'w'.repeat(400));
    const chain = await one(long.responder, 'Why?', { chain: 'fixed', maxTokens: 150 });
    expect(chain).toMatchObject({ stopped: 'tokens', calls: 2, tokens: 200 });
  });

  it('never ask for more tokens than are left', async () => {
    const limits: number[] = [];
    const eye = scripted((_, { maxTokens }) => {
      limits.push(maxTokens);
      return 'four letters';
    });
    await one(eye.responder, 'Why?', { chain: 'zero-shot', maxTokens: 40, countTokens: () => 20 });
    expect(limits).toEqual([40, 20]);
  });

  it('a refused question fails its row, and the others go on; what is asked at once is one batch', async () => {
    const eye = scripted((asked) => (asked.includes('bad') ? undefined : 'ok'));
    const failed: [number, string][] = [];
    const responder = withChain(eye.responder, { chain: 'direct' });
    const replies = await responder.replies([about('good'), about('bad'), about('fine')], {
      maxTokens: 8,
      onFailed: (i, why) => failed.push([i, why]),
    });
    expect(replies).toEqual(['<think>ok</think>ok', undefined, '<think>ok</think>ok']);
    expect(failed).toEqual([[1, 'refused']]);
    expect(eye.batches).toEqual([3]);
  });

  it('a name that there is not, an abort, and errors of the responder', async () => {
    const eye = scripted(() => 'x');
    await expect(one(eye.responder, 'x?', { chain: 'nope' })).rejects.toMatchObject({ code: 'reason.chain' });
    await expect(one(eye.responder, 'x?', { chain: 'direct', signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    const broken: PartialResponder = { replies: () => Promise.reject(new Error('down')) };
    await expect(one(broken, 'x?', { chain: 'direct' })).rejects.toThrow('down');
    expect(new Set(CHAINS.map(({ name }) => name)).size).toBe(CHAINS.length);
  });
});

describe('checked steps', () => {
  const check = {
    verifier: truthVerifier(),
    vocabulary: worldVocabulary(),
    subject: () => ({
      truth: { objects: [{ id: 'dog', box: [1, 2, 5, 6] as const, attributes: { color: ['red'] } }], size: [8, 8] as const },
    }),
  };
  const says = (asked: string): string =>
    asked.endsWith('Rationale:') ? 'There is a red dog. There is a cat.' : asked.includes('Answer:') ? 'no' : 'no, there is none';

  it('ask the eye what is false, drop it or mark it; boxes are the evidence', async () => {
    const asking = scripted(says);
    const asked = await one(asking.responder, 'Is there a cat?', { chain: 'two-stage', check });
    expect(asked.steps[0]?.evidence?.some(({ box, verified }) => verified === 'true' && String(box) === '1,2,5,6')).toBe(true);
    expect(asked.steps[1]).toMatchObject({ text: 'There is a cat.', dropped: true });
    expect(asking.asked.at(-1)).toContain('There is a red dog. Is there a cat in the image? no, there is none');
    const dropping = scripted(says);
    await one(dropping.responder, 'Is there a cat?', { chain: 'two-stage', check: { ...check, onFalse: 'drop' } });
    expect(dropping.asked.at(-1)).toBe('[image] Is there a cat?\nRationale: There is a red dog.\nAnswer:');
    const marking = scripted(says);
    const marked = await one(marking.responder, 'Is there a cat?', { chain: 'two-stage', check: { ...check, onFalse: 'mark' } });
    expect(marked.steps[1]).toMatchObject({ doubt: 'truth: not so' });
    expect(marking.asked.at(-1)).toContain('There is a cat.');
  });

  it('stand in the page with their boxes, escaped', async () => {
    const chain = await one(scripted(says).responder, 'Is there a <cat>?', { chain: 'two-stage', check });
    const page = await chainPage([{ chain, messages: about('x'), right: false, truth: 'yes' }], { title: 'T', command: 'sensorium ask' });
    expect(page).toContain('<rect');
    expect(page).toContain('Is there a &#60;cat&#62;?');
    expect(page).not.toContain('<cat>');
    expect(page).toContain('wrong');
    expect(JSON.parse(JSON.stringify(chain))).toEqual(chain);
  });
});

it('what models write is read with and without markup', () => {
  expect(readSplit('1. One?\n2. Two?\nSub-answers:\n1. Uncertain.\n2. blue')).toEqual([
    { question: 'One?' },
    { question: 'Two?', answer: 'blue' },
  ]);
  expect(readSplit('**Sub-questions:**\n- 1) **One?**\nAnswer: 3. Three')).toEqual([{ question: 'One?' }]);
  expect(readSplit('')).toEqual([]);
  expect(readAnswer('So it is.\nThe answer is **Red**.')).toEqual({ thought: 'So it is.', answer: 'Red' });
  expect(readAnswer('thought\nred')).toEqual({ thought: 'thought', answer: 'red' });
  expect(sentencesOf('1. It is 3.5 m.\n- Two! Three?\n\n—')).toEqual(['It is 3.5 m.', 'Two!', 'Three?']);
});
