// WhisperFeatureExtractor: log-mel spectrograms of half a minute, as Whisper hears.
import { z } from 'zod';
import { hostTensor } from '../util/host.js';
import { parseImageConfig } from './image-config.js';
import { MelSpectrogram } from './mel.js';
import { samplesAt } from './sound.js';
const size = z.int().positive();
const schema = z
    .object({
    feature_size: size.default(80),
    sampling_rate: size.default(16000),
    hop_length: size.default(160),
    /** Seconds. */
    chunk_length: size.default(30),
    n_fft: size.default(400),
    padding_value: z.number().default(0),
})
    .superRefine((c, context) => {
    if (c.n_fft / 2 >= c.chunk_length * c.sampling_rate)
        context.addIssue({ code: 'custom', path: ['n_fft'], message: 'less than twice the samples of a chunk', input: c.n_fft });
});
/** Above this nothing is heard, at any sampling rate. */
const HIGHEST = 8000;
/** Power below which everything is silence. */
const FLOOR = 1e-10;
/** Features of sounds for Whisper's encoder. */
export class WhisperFeatures {
    config;
    mel;
    constructor(config) {
        this.config = config;
        const { feature_size: mels, sampling_rate: sampleRate, n_fft: frame, hop_length } = config;
        this.mel = new MelSpectrogram({ frame, mels, min: 0, max: HIGHEST, sampleRate, scale: 'slaney', equalEnergy: true }, hop_length);
    }
    /** From the contents of preprocessor_config.json. Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        const types = ['WhisperFeatureExtractor'];
        return new WhisperFeatures(parseImageConfig(schema, raw, { types, place, what: 'feature extractor' }));
    }
    /** Frames of a chunk. */
    get frames() {
        const { chunk_length, sampling_rate, hop_length } = this.config;
        return Math.floor((chunk_length * sampling_rate) / hop_length);
    }
    /** One chunk, cut or filled up with silence: -> [mels, frames]. Errors: `media.sound` for another sampling rate or no samples. */
    extract(sound) {
        const { sampling_rate, chunk_length, padding_value, feature_size: mels } = this.config;
        const given = samplesAt(sound, sampling_rate);
        const samples = new Float32Array(sampling_rate * chunk_length).fill(padding_value);
        samples.set(given.subarray(0, samples.length));
        const power = this.mel.power(samples, this.frames); // the last frame, half of which lies behind the end, is left out
        let loudest = Number.NEGATIVE_INFINITY;
        const logs = power.map((v) => {
            const log = Math.log10(Math.max(v, FLOOR));
            loudest = Math.max(loudest, log);
            return log;
        });
        const out = hostTensor('float32', [mels, this.frames]);
        for (let t = 0; t < this.frames; t++)
            for (let m = 0; m < mels; m++)
                out.data[m * this.frames + t] = (Math.max(logs[t * mels + m], loudest - 8) + 4) / 4;
        return out;
    }
}
//# sourceMappingURL=whisper-features.js.map