// What training sees is what asking sees: for every published family, ids up to the reply are those of the prompt, and an end is learnt.

import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Mllm, type Mllm as Model } from '../src/index.js';
import type { RgbImage } from '../src/media/index.js';
import type { SequenceMedia } from '../src/model/index.js';
import { clipVision, llama, mllm, mlp } from '../src/networks/index.js';
import type { MultimodalProcessor } from '../src/networks/processor.js';
import { type ChatMessage, ChatTemplate, encodeChat, mediaParts, packBatch, type Sample, Tokenizer } from '../src/text/index.js';
import { assemble, clipOf, sceneConversations } from '../src/train/index.js';
import { loadSprites, renderScene, world } from '../src/world/index.js';

const FAMILIES = join(import.meta.dirname, 'golden/families');
const FOLDERS = [
  'llava',
  'llava-next',
  'llava-onevision',
  'idefics2',
  'idefics3',
  'internvl',
  'pixtral',
  'lfm2-vl',
  'gemma3-vl',
  'paligemma',
  'fuyu',
  'kosmos2',
  'blip-2',
  'instructblip',
  'qwen2-vl',
  'qwen2-5-vl',
  'qwen3-vl',
]
  .flatMap((family) => readdirSync(join(FAMILIES, family)).map((name) => `${family}/${name}`))
  .filter((name) => !name.includes('t5')); // encoder-decoders have targets of their own

/** Families that know no turns: only the last reply is in the loss. */
const TURNLESS = /^(fuyu|kosmos2|blip-2|instructblip|paligemma)/;
/** Its template writes `assistant \n` in a conversation and `assistant\n` in a prompt; training takes the prompt's. */
const OTHER_HISTORY = /^llava-onevision/;

const text = (words: string) => ({ type: 'text' as const, text: words });
const picture = { type: 'image' as const, source: { width: 40, height: 30, data: new Uint8Array(40 * 30 * 3).fill(90) } };
const user = (...content: unknown[]): ChatMessage => ({ role: 'user', content: content as never });
const reply = (words: string): ChatMessage => ({ role: 'assistant', content: [text(words)] });

const ONE = [user(text('Hi there')), reply('yo')];
const SEEN = [user(picture, text('What is it?')), reply('a cat, I think')];
const THREE = [...SEEN, user(text('Sure?')), reply('Yes.'), user(text('And now?')), reply('still a cat')];

/** Prompts of all replies, and the training sample of the whole. */
async function both(model: Model, messages: ChatMessage[]): Promise<{ prompts: Int32Array[]; sample: Sample }> {
  const { template, media } = model.model as { template: ChatTemplate; media: MultimodalProcessor };
  const { tokenizer } = model;
  const asked = [];
  for (const [i, { role }] of messages.entries()) if (role === 'assistant') asked.push(await model.encode(messages.slice(0, i)));
  const images = mediaParts(messages).map(({ source }) => source as RgbImage);
  const imageTokens = images.length > 0 ? media.prepare(images, messages.slice(0, -1)).map(({ ids }) => [...ids]) : [];
  return { prompts: asked.map(({ ids }) => ids), sample: encodeChat(messages, { tokenizer, template, imageTokens }) };
}

/** What is to be predicted after each of `ids`, as a batch has it. */
function targetsOf(sample: Sample): { ids: number[]; targets: (number | undefined)[] } {
  const batch = packBatch([sample], { length: sample.ids.length, pad: 0 });
  const weights = [...batch.weights.data];
  return { ids: [...sample.ids], targets: [...batch.targets.data].map((id, i) => (weights[i] ? id : undefined)) };
}

describe.each(FOLDERS)('%s', (folder) => {
  it('asks and trains with the same ids, and learns its end', async () => {
    const model = await Mllm.load(join(FAMILIES, folder));
    const { tokenizer } = model;
    for (const messages of [ONE, SEEN, THREE]) {
      const { prompts, sample } = await both(model, messages);
      const { ids, targets } = targetsOf(sample);
      const learnt = TURNLESS.test(folder) ? prompts.slice(-1) : OTHER_HISTORY.test(folder) ? prompts.slice(0, 1) : prompts;
      let ends = 0;
      for (const prompt of learnt) {
        expect(ids.slice(0, prompt.length)).toEqual([...prompt]);
        // The first token after the prompt is predicted by its last, and so on without a gap until the end.
        let at = prompt.length - 1;
        while (targets[at] !== undefined && targets[at] !== tokenizer.specialIds.eos) at++;
        expect(at).toBeGreaterThan(prompt.length - 1);
        expect(targets[at]).toBe(tokenizer.specialIds.eos);
        expect(targets[at + 1]).toBeUndefined();
        ends++;
      }
      expect(targets.filter((t) => t === tokenizer.specialIds.eos).length).toBe(OTHER_HISTORY.test(folder) ? prompts.length : ends);
      expect(sample.unended).toBeUndefined();
      expect(targets.filter((t) => t !== undefined).length).toBe(sample.lossTokens);
    }
  });
});

describe('a recipe over a published folder', () => {
  it('trains with the ids that the saved model is asked with', async () => {
    const all = join(FAMILIES, 'llava/clip');
    const spec = mllm({
      vision: clipVision({ imageSize: 33, patchSize: 8, width: 36, layers: 3 }),
      connector: mlp(),
      language: llama({ width: 48, layers: 2, heads: 6 }),
    });
    const state = await assemble(spec, { seed: 0, from: { all }, tokenizer: () => expect.unreachable() });
    const data = world.captions({ scenes: 3, detail: 'short', size: 33 });
    const { messages } = await sceneConversations(data, { sprites: await loadSprites(), side: 33 }).get(0);
    const made = await state.model.processor.encode(messages, { maxLength: 512 });
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-ids-'));
    try {
      await state.save(dir);
      const saved = await Mllm.load(dir);
      const { ids } = await saved.encode(messages.slice(0, 1));
      expect([...made.ids.slice(0, ids.length)]).toEqual([...ids]);
      expect(saved.tokenizer.token(made.ids.at(-1) as number)).toBe('</s>');
      // Drawn when they are read, the pixels are those of the scene.
      const [{ feeds, key }] = made.media as [SequenceMedia];
      const { pixels } = await feeds();
      const drawn = { width: 33, height: 33, data: renderScene(data.get(0).scene, await loadSprites()) };
      expect(pixels?.data).toEqual(clipOf(state, 'test').processor.process(drawn));
      expect(key).toContain('scene');
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('templates and ends', () => {
  const golden = join(FAMILIES, 'qwen2-vl/untied');
  const bare =
    "{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
  const chat = (...words: string[]): ChatMessage[] => words.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }));
  const withEos = async (eos: string | null, pad?: string): Promise<Tokenizer> => {
    const { json, config } = await Tokenizer.fromFolder(golden);
    return Tokenizer.fromJson(json, { ...config, eos_token: eos, image_token: null, pad_token: pad ?? null });
  };
  const learntWords = (sample: Sample, tokenizer: Tokenizer): string[] =>
    targetsOf(sample).targets.flatMap((id) => (id === undefined ? [] : [tokenizer.token(id) as string]));

  it('appends the end that a template leaves out, after every reply', async () => {
    const tokenizer = await withEos('<|im_end|>');
    const template = new ChatTemplate(bare, { specialTokens: tokenizer.specialTokens.keys(), eosToken: '<|im_end|>' });
    const sample = encodeChat(chat('a', 'b', 'c', 'd'), { tokenizer, template });
    expect(learntWords(sample, tokenizer)).toEqual(['b', '<|im_end|>', 'd', '<|im_end|>']);
    expect(sample.ends?.length).toBe(1);
    expect(tokenizer.token(sample.ids.at(-1) as number)).toBe('<|im_end|>');
  });

  it('says when there is no end to learn, or another than the model stops at', async () => {
    const none = await withEos(null);
    const plain = new ChatTemplate(bare, { specialTokens: none.specialTokens.keys() });
    expect(encodeChat(chat('a', 'b', 'c', 'd'), { tokenizer: none, template: plain }).unended).toBe(2);
    const other = await withEos('<|endoftext|>');
    const source = bare.replace("+ '\\n'", "+ '<|im_end|>\\n'");
    const template = new ChatTemplate(source, { specialTokens: other.specialTokens.keys(), eosToken: '<|endoftext|>' });
    expect(encodeChat(chat('a', 'b'), { tokenizer: other, template }).unended).toBe(1);
    const both = new ChatTemplate(source, {
      specialTokens: other.specialTokens.keys(),
      eosToken: '<|endoftext|>',
      layout: { endIds: [other.specialIds.eos as number, other.specialTokens.get('<|im_end|>') as number] },
    });
    expect(encodeChat(chat('a', 'b'), { tokenizer: other, template: both }).unended).toBeUndefined();
  });

  it('keeps the end in the loss where padding is the same token', async () => {
    const tokenizer = await withEos('<|im_end|>', '<|im_end|>');
    const template = new ChatTemplate(bare, { specialTokens: tokenizer.specialTokens.keys(), eosToken: '<|im_end|>' });
    const samples = [chat('a', 'b'), chat('longer', 'much longer')].map((c) => encodeChat(c, { tokenizer, template }));
    const batch = packBatch(samples, { length: 64, pad: tokenizer.specialIds.pad as number, pack: false });
    const end = tokenizer.specialIds.eos;
    const learnt = [...batch.targets.data].filter((id, i) => batch.weights.data[i] === 1 && id === end);
    expect(learnt.length).toBe(2);
    expect([...batch.weights.data].filter((w, i) => w === 1 && batch.segmentIds.data[i] === 0)).toEqual([]);
  });

  it('lets no token reach over the end of the prompt', async () => {
    // Without a space between them, "ly" of prompt and reply would be one token.
    const base = await Tokenizer.fromFolder(golden);
    const json = structuredClone(base.json) as unknown as { model: { vocab: Record<string, number>; merges: unknown[] } };
    const pair = [':', 'y'] as const;
    const free = Math.max(...Object.values(json.model.vocab), base.vocabSize - 1) + 1;
    json.model.vocab[pair.join('')] = free;
    json.model.merges.push(typeof json.model.merges[0] === 'string' ? pair.join(' ') : [...pair]);
    const tokenizer = Tokenizer.fromJson(
      { ...json, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false } },
      { ...base.config, image_token: null },
    );
    const source = bare.replaceAll("': '", "':'").replace('assistant: ', 'assistant:');
    const template = new ChatTemplate(source, { specialTokens: tokenizer.specialTokens.keys(), eosToken: '<|im_end|>' });
    const prompt = encodeChat(chat('a'), { tokenizer, template, addGenerationPrompt: true });
    const sample = encodeChat(chat('a', 'yo'), { tokenizer, template });
    expect(tokenizer.encode(':y').length).toBe(1);
    expect([...sample.ids.slice(0, prompt.ids.length)]).toEqual([...prompt.ids]);
    expect(learntWords(sample, tokenizer)).toEqual(['y', 'o', '<|im_end|>']);
  });
});
