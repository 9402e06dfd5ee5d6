// Whisper as a whole agrees with transformers: logits of a given reply, what it writes with and without times, the language that it hears.

import { describe, expect, it } from 'vitest';
import { Transcriber } from '../src/generate/index.js';
import { TimestampLogitsProcessor } from '../src/generate/processors/timestamps.js';
import { input } from '../src/graph/index.js';
import { WhisperFeatures } from '../src/media/index.js';
import type { WhisperForConditionalGeneration } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noiseSound } from './golden/noise.js';
import { distance, golden } from './golden/read.js';

const BAR = 1e-4;

describe('whisper/transcribe', async () => {
  const g = await golden('whisper/transcribe');
  const clips = Object.entries(g.json<Record<string, [number, number]>>());
  const soundOf = (clip: [number, number]) => ({ sampleRate: 16000, samples: noiseSound(...clip) });

  it('gives the logits of WhisperForConditionalGeneration', async () => {
    const { network, values } = (await loadNetwork(g.dir, { kinds: ['encoder'] })) as LoadedNetwork<WhisperForConditionalGeneration>;
    const features = WhisperFeatures.fromConfig({ feature_size: 17, chunk_length: 2 });
    const { num_mel_bins: mels } = network.config;
    const hidden = network.hidden(input('ids', [1, 9], 'int32'), input('sound', [1, mels, network.encoder.frames]));
    const program = await compile({ logits: network.logits(hidden) }, { frozen: values });
    for (const [name, clip] of clips) {
      const { data } = features.extract(soundOf(clip));
      const ids = hostTensor('int32', [1, 9], Int32Array.from(g.ints(`${name}.ids`).data));
      const { logits } = await program.run({ ids, sound: hostTensor('float32', [1, mels, network.encoder.frames], data) });
      expect(distance((logits as HostTensor<'float32'>).data, g.floats(`${name}.logits`).data), name).toBeLessThan(BAR);
    }
    program.dispose();
  });

  it('writes what transformers writes, with and without times, translated, in the language that it hears', async () => {
    const whisper = await Transcriber.load(g.dir);
    const { tokenizer } = whisper;
    const once = { maxTokens: 24, temperatures: [0] };
    const textOf = (ids: readonly number[]) =>
      tokenizer.decode(
        ids.filter((id) => id < (tokenizer.tokenId('<|0.00|>') as number)),
        { skipSpecial: true },
      );
    expect(whisper.languages).toEqual(['en', 'de', 'zh']);
    for (const [name, clip] of clips) {
      const sound = soundOf(clip);
      const plain = await whisper.transcribe(sound, { ...once, language: 'en' });
      expect(plain.text, name).toBe(textOf(g.rows(`${name}.plain`)[0] as number[]).trim());
      const translated = await whisper.transcribe(sound, { ...once, language: 'de', task: 'translate' });
      expect(translated.text, name).toBe(textOf(g.rows(`${name}.translated`)[0] as number[]).trim());
      const heard = await whisper.transcribe(sound, once);
      expect(tokenizer.tokenId(`<|${heard.language}|>`), name).toBe(g.rows(`${name}.language`)[0]?.[0]);
      const timed = g.rows(`${name}.timed`)[0] as number[];
      const [first] = (await whisper.transcribe(sound, { ...once, language: 'en', timestamps: true })).segments;
      const begin = tokenizer.tokenId('<|0.00|>') as number;
      expect(first?.start, name).toBeCloseTo(Math.min(clip[0] / 16000, ((timed[0] as number) - begin) * 0.02), 6);
      const cut = timed.findIndex((id, i) => i > 0 && id >= begin && (timed[i - 1] as number) >= begin);
      const own = cut > 0 ? timed.slice(0, cut) : timed;
      expect(first?.text.trim(), name).toBe(textOf(own).trim());
    }
    await expect(whisper.transcribe(soundOf([100, 1]), { language: 'fr' })).rejects.toMatchObject({
      code: 'generate.option',
      place: 'language',
    });
    await expect(whisper.transcribe({ sampleRate: 16000, samples: new Float32Array() })).rejects.toMatchObject({ code: 'media.sound' });
    whisper.dispose();
  });

  it('hears long sounds to their end, whatever it writes', async () => {
    const whisper = await Transcriber.load(g.dir);
    const sound = soundOf([16000 * 7, 5]);
    const seen: number[] = [];
    const { segments, duration } = await whisper.transcribe(sound, {
      maxTokens: 16,
      temperatures: [0],
      onProgress: (done) => seen.push(done),
    });
    expect(duration).toBe(7);
    expect(seen.at(-1)).toBe(7);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    for (const { start, end } of segments) expect(start >= 0 && end >= start && end <= 7).toBe(true);
    whisper.dispose();
  });

  it('keeps the rules of times', () => {
    const rules = new TimestampLogitsProcessor({ begin: 6, end: 4, none: 5, mostInitial: 2 });
    const left = (ids: number[], logits = [1, 1, 1, 1, 1, 9, 0, 0, 0, 0, 0]): number[] => {
      const out = Float32Array.from(logits);
      rules.process(out, { promptIds: [], ids, step: ids.length });
      return [...out.entries()].flatMap(([i, v]) => (v === Number.NEGATIVE_INFINITY ? [] : [i]));
    };
    expect(left([])).toEqual([6, 7, 8]);
    expect(left([7])).toEqual([0, 1, 2, 3, 4]);
    expect(left([7, 0, 9])).toEqual([4, 9, 10]);
    expect(left([7, 0, 9, 9])).toEqual([0, 1, 2, 3, 4]);
    expect(left([7, 0], [9, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0])).toEqual([0, 1, 2, 3, 4, 8, 9, 10]);
  });
});
