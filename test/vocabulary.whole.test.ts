// Vocabularies that grow: for every published family ids, sizes and logits are those of transformers, and folders and adapters hold them.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { input } from '../src/graph/index.js';
import { type Model, type OpenModelOptions, openModel, saveModel, saveModelAdapter } from '../src/model/index.js';
import { CausalDecoder, lora, type T5 } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { hostTensor } from '../src/util/host.js';
import { distance, FAMILIES } from './golden/read.js';

/** What transformers makes of a checkpoint (make_vocabulary.py). */
interface Case {
  /** Tokens that fill the padding first. */
  fill: number;
  before: number;
  rows: number;
  /** Ids of `<box>`, `</box>`, `so be it` and `<|note|>`. */
  new: number[];
  text: string;
  ids: number[];
  decoded: string;
  /** After the last id, of the ids 0 to 5 and of the new ones; the mean of all magnitudes. */
  logits: number[];
  size: number;
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'vocabulary.json'), 'utf8')) as Record<string, Case>;

// Where this is set the folders stay, for transformers and peft to check: CHECK=DIR python test/golden/make_vocabulary.py
const kept = process.env.SENSORIUM_VOCABULARY_OUT;
const root = kept ?? mkdtempSync(join(tmpdir(), 'sensorium-vocabulary-'));
afterAll(() => {
  if (!kept) rmSync(root, { recursive: true, force: true });
});

/** The folder; of a checkpoint without a tokenizer a copy with a small one. */
function folderOf(name: string): string {
  const folder = join(FAMILIES, name);
  if (existsSync(join(folder, 'tokenizer.json'))) return folder;
  const copy = join(root, 'bases', name);
  cpSync(folder, copy, { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(FAMILIES, 'blip-2/t5-every-layer', file), join(copy, file));
  return copy;
}

const tokensOf = ({ fill }: Case): NonNullable<OpenModelOptions['tokens']> => [
  '<box>',
  '</box>',
  'so be it',
  ...Array.from({ length: fill }, (_, i) => `<${i}>`),
  { content: '<|note|>', special: true },
];

/** Logits of a text without images [ids, vocabulary]; of encoder-decoders with the same text as the reply. */
async function logitsOf({ network, values }: Model, ids: readonly number[]): Promise<Float32Array> {
  const language = (network as { language_model?: CausalDecoder | T5 }).language_model ?? (network as CausalDecoder | T5);
  const x = input('ids', [1, ids.length], 'int32');
  const hidden =
    language instanceof CausalDecoder ? language.sequence(language.embed(x)) : language.sequence(language.embed(x), language.embed(x));
  const program = await compile({ logits: language.logits(hidden) }, { frozen: values });
  const { logits } = await program.run({ ids: hostTensor('int32', [1, ids.length], Int32Array.from(ids)) });
  program.dispose();
  return logits?.data as Float32Array;
}

describe.each(Object.keys(cases))('%s', (name) => {
  const wanted = cases[name] as Case;
  const dir = folderOf(name);
  const out = join(root, name);
  const encode = ({ processor }: Model): number[] => processor.tokenizer.encode(wanted.text, { special: true });

  it('grows as in transformers, and is the same when it is saved and opened again', async () => {
    const model = await openModel(dir, { tokens: tokensOf(wanted) });
    expect(model.vocabulary).toMatchObject({ before: wanted.before, rows: wanted.rows, known: [] });
    expect(encode(model)).toEqual(wanted.ids);
    expect(model.processor.tokenizer.decode(wanted.ids, { skipSpecial: true })).toBe(wanted.decoded);
    const logits = await logitsOf(model, wanted.ids);
    const last = logits.subarray(-wanted.rows);
    expect(distance([...last.subarray(0, 6), ...wanted.new.map((id) => last[id] as number)], wanted.logits)).toBeLessThan(1e-4);
    expect(last.reduce((sum, v) => sum + Math.abs(v), 0) / wanted.rows).toBeCloseTo(wanted.size, 4);
    await saveModel(model, out);
    const again = await openModel(out);
    expect(again.vocabulary).toBeUndefined();
    expect(encode(again)).toEqual(wanted.ids);
    expect(await logitsOf(again, wanted.ids)).toEqual(logits);
  });

  it('has its new rows in an adapter, with the tokenizer', async () => {
    const model = await openModel(dir, { tokens: tokensOf(wanted), adapters: [lora({ rank: 2, targets: 'all-linear' })], seed: 3 });
    const values = new Map(model.values);
    const moved = [...(model.adapters[0]?.parameters ?? []), ...(model.network as CausalDecoder).parts().embeddings];
    for (const p of moved) {
      const value = values.get(p) as NonNullable<ReturnType<typeof values.get>>;
      values.set(p, { ...value, data: Float32Array.from(value.data as Float32Array, (v, i) => v + 0.02 * Math.sin(i)) } as typeof value);
    }
    await saveModelAdapter(model, join(out, 'adapter'), { values });
    const again = await openModel(dir, { adapters: [join(out, 'adapter')] });
    expect(again.vocabulary).toMatchObject({ before: wanted.before, rows: wanted.rows });
    expect(encode(again)).toEqual(wanted.ids);
    const adapted = await logitsOf({ ...model, values }, wanted.ids);
    expect(await logitsOf(again, wanted.ids)).toEqual(adapted);
    if (!kept) return;
    const stored = { ...wanted, base: dir, adapted: [...adapted], logits: [...(await logitsOf(await openModel(out), wanted.ids))] };
    writeFileSync(join(out, 'check.json'), JSON.stringify(stored));
  });
});
