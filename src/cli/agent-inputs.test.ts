// Inputs of `agent` from a film made here: frames with their seconds, and its speech where somebody hears it. Skipped aloud without ffmpeg or espeak-ng.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findEspeak, speakWav } from '../media/speak.js';
import { findProgram } from '../util/programs.js';
import { readInputs } from './agent-inputs.js';

const ffmpeg = process.env.SENSORIUM_FFMPEG || findProgram('ffmpeg');
const able = ffmpeg !== undefined && findEspeak() !== undefined;
if (!able) console.warn('agent-inputs.test.ts: films are not made: ffmpeg or espeak-ng is not there');

describe.skipIf(!able)('a film', () => {
  const dir = mkdtempSync(join(tmpdir(), 'film-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const film = async (name: string, spoken: boolean): Promise<string> => {
    const [wav, out] = [join(dir, `${name}.wav`), join(dir, `${name}.mp4`)];
    if (spoken) writeFileSync(wav, await speakWav('Mind the gap, please.'));
    const sound = spoken ? ['-i', wav, '-c:a', 'aac', '-shortest'] : [];
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=4:duration=2'];
    execFileSync(ffmpeg as string, ['-v', 'error', ...picture, ...sound, '-c:v', 'mpeg4', out]);
    return out;
  };

  it('gives frames with their seconds, and its sound where a model hears it', async () => {
    const [spoken, silent] = [await film('spoken', true), await film('silent', false)];
    const seen = await readInputs({ video: spoken, frames: '2' }, { held: [] });
    expect(seen.frames).toHaveLength(2);
    expect(seen.task.times).toHaveLength(2);
    expect(seen.task.times?.[0]).toBe(0);
    expect(seen.task.times?.[1]).toBeGreaterThan(0);
    expect(seen.task.sounds).toBeUndefined();
    const heard = await readInputs({ video: spoken, frames: '2', whisper: 'w' }, { held: [] });
    const { samples, sampleRate } = (heard.task.sounds ?? [])[0]?.sound ?? { samples: new Float32Array(), sampleRate: 1 };
    expect(samples.length / sampleRate).toBeGreaterThan(0.5);
    expect(samples.some((v) => Math.abs(v) > 0.05)).toBe(true);
    expect((await readInputs({ video: silent, whisper: 'w' }, { held: [] })).task.sounds).toBeUndefined();
  });
});
