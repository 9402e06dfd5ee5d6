// Phrase groups: which terms the loss has, how much of each, and groups that nothing could learn.

import { describe, expect, it } from 'vitest';
import { ClipImageProcessor } from '../../media/index.js';
import { Clip, clipConfig } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import type { HostTensor } from '../../util/host.js';
import { loadSprites } from '../../world/index.js';
import { denseScenes, PHRASE_GROUPS, RELATION_GROUPS } from '../dense-world.js';
import { ModelState } from '../state.js';
import { VOCABULARY, worldTokenizer } from '../world-tokenizer.js';
import { contrastiveObjective, denseHead, type PhraseGroup } from './contrastive.js';

const SIZE = 64;
const network = new Clip(
  clipConfig.parse({
    model_type: 'clip',
    projection_dim: 16,
    vision_config: {
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      image_size: SIZE,
      patch_size: 8,
    },
    text_config: {
      vocab_size: VOCABULARY,
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 28,
      eos_token_id: 1,
    },
  }),
).nameParameters();

async function objective(groups: readonly PhraseGroup[], withHead = true) {
  return contrastiveObjective({
    network,
    tokenizer: worldTokenizer(),
    processor: ClipImageProcessor.fromConfig({ size: { shortest_edge: SIZE }, crop_size: { height: SIZE, width: SIZE } }),
    batchSize: 4,
    sample: denseScenes(await loadSprites(), SIZE / 8, { seed: 1 }),
    groups,
    head: withHead ? denseHead(network, groups) : undefined,
  });
}

/** Loss and metrics of the first batch with fresh weights. */
async function firstLoss(groups: readonly PhraseGroup[], withHead = true): Promise<Record<string, number>> {
  const o = await objective(groups, withHead);
  const state = new ModelState([...o.trained], { seed: 0 });
  const { loss, metrics } = o.graph('all');
  const program = await compile({ loss, ...metrics }, { frozen: new Map(o.trained.map((p) => [p, state.value(p)])) });
  const out = await program.run((await o.batch(0)).feeds);
  program.dispose();
  return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, (t as HostTensor<'float32'>).data[0] as number]));
}

describe('phrase groups', () => {
  it('that are unspoken have a term of the head alone; every term counts by its share', async () => {
    const groups = [...PHRASE_GROUPS, ...RELATION_GROUPS.map((g) => ({ ...g, share: 1 / 3 }))];
    const { loss, ...terms } = await firstLoss(groups);
    for (const g of RELATION_GROUPS) {
      expect(terms).toHaveProperty([`${g.name}.head`]);
      expect(terms).not.toHaveProperty([g.name]);
    }
    const share = (term: string): number => groups.find((g) => g.name === term.split('.')[0])?.share ?? 1;
    expect(share('left.head')).toBeCloseTo(1 / 3);
    const sum = Object.entries(terms).reduce((a, [name, value]) => a + value * share(name), 0);
    expect(loss).toBeCloseTo(sum, 4);
  });

  it('leave the other terms as they are without them', async () => {
    const [alone, both] = [await firstLoss(PHRASE_GROUPS), await firstLoss([...PHRASE_GROUPS, ...RELATION_GROUPS])];
    for (const name of ['caption', 'what', 'tint', 'what.image']) expect(both[name]).toBeCloseTo(alone[name] as number, 5);
  });

  it('may all be unspoken, or absent: captions alone are CLIP', async () => {
    const { caption } = await firstLoss(PHRASE_GROUPS);
    expect(Object.keys(await firstLoss(RELATION_GROUPS)).sort()).toEqual(
      ['caption', 'loss', ...RELATION_GROUPS.map((g) => `${g.name}.head`)].sort(),
    );
    const alone = await firstLoss([], false);
    expect(Object.keys(alone).sort()).toEqual(['caption', 'loss']);
    expect(alone.caption).toBeCloseTo(caption as number, 5);
  });

  it('that are unspoken need a head, and cannot be asked of the whole image', async () => {
    await expect(objective(RELATION_GROUPS, false)).rejects.toThrow(/'left' can only be learnt by a head/);
    const whole = RELATION_GROUPS.map((g) => ({ ...g, present: true }));
    await expect(objective(whole)).rejects.toThrow(/leave `present` out/);
  });
});
