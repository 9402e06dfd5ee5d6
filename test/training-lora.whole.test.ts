// Adapters that peft wrote load, compute, train for five steps and are saved again with peft's values.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { input, type Parameter } from '../src/graph/index.js';
import { languageModel, type Model } from '../src/model/index.js';
import type { CausalDecoder } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { supervised } from '../src/train/objectives/supervised.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { ADAPTER_FILES, readAll, SafetensorsFile } from '../src/weights/index.js';
import { loraFolder, loraGolden, loraNames } from './golden/lora.js';
import { distance } from './golden/read.js';
import { openTrained, sequenceOf, trainSequences } from './golden/training.js';

const BAR = 1e-4;

/** Logits of the last id of a text. */
async function lastLogits({ network, values }: Pick<Model, 'network' | 'values'>, ids: readonly number[]): Promise<ArrayLike<number>> {
  const language = languageModel<CausalDecoder>(network);
  const hidden = language.sequence(language.embed(input('ids', [1, ids.length], 'int32')));
  const logits = language.logits(hidden).slice({ axis: 1, start: ids.length - 1 });
  const program = await compile({ logits }, { frozen: values as ReadonlyMap<Parameter, HostTensor> });
  const out = await program.run({ ids: hostTensor('int32', [1, ids.length], Int32Array.from(ids)) });
  program.dispose();
  return (out.logits as HostTensor<'float32'>).data;
}

const tensorsOf = async (dir: string): Promise<Record<string, HostTensor>> =>
  readAll(await SafetensorsFile.open(join(dir, ADAPTER_FILES.weights)));

describe.each(loraNames())('%s', (name) => {
  const facts = loraGolden(name);
  const ids = facts.rows[0]?.ids as number[];

  it.each(['before', 'after'] as const)('computes what peft computes %s training, and what the merged model does', async (when) => {
    const model = await openTrained(facts.model, [loraFolder(name, when)]);
    const logits = await lastLogits(model, ids);
    expect(distance(logits, facts.logits[when])).toBeLessThan(BAR);
    if (when === 'after') expect(distance(logits, facts.logits.merged)).toBeLessThan(BAR);
  });

  it('trains as peft does, and is saved with the same names and values', async () => {
    const model = await openTrained(facts.model, [loraFolder(name, 'before')]);
    const samples = [];
    for (const row of facts.rows) samples.push([await sequenceOf(model, row)]);
    const trained = model.adapters.flatMap((adapter) => adapter.trained);
    const { losses, state } = await trainSequences(model, { samples, trained, loss: supervised(), optimizer: facts.optimizer, steps: 5 });
    losses.forEach((v, i) => {
      expect(Math.abs(v - (facts.losses[i] as number)), `${losses} against ${facts.losses}`).toBeLessThan(BAR);
    });
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-lora-'));
    try {
      await state.saveAdapter(join(dir, 'adapter'));
      const [got, expected] = [await tensorsOf(join(dir, 'adapter')), await tensorsOf(loraFolder(name, 'after'))];
      expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
      for (const [key, value] of Object.entries(expected)) {
        const [a, b] = [got[key], value].map((t) => Float32Array.from(t?.data as Float32Array)) as [Float32Array, Float32Array];
        for (const i of facts.undetermined[key] ?? []) a[i] = b[i] as number;
        expect(distance(a, b), key).toBeLessThan(BAR);
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
