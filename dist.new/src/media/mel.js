// Mel spectrograms: what audio encoders hear. Filter banks as librosa and torchaudio make them, frames as torch.stft cuts them.
import { Fourier } from './fft.js';
const LOG_FROM = 1000; // Hz: Slaney's scale is logarithmic from here on
const LOG_STEP = Math.log(6.4) / 27;
/** Hertz to mel. */
export function hertzToMel(hertz, scale) {
    if (scale === 'htk')
        return 2595 * Math.log10(1 + hertz / 700);
    return hertz < LOG_FROM ? (3 * hertz) / 200 : 15 + Math.log(hertz / LOG_FROM) / LOG_STEP;
}
/** Mel to hertz. */
export function melToHertz(mel, scale) {
    if (scale === 'htk')
        return 700 * (10 ** (mel / 2595) - 1);
    return mel < 15 ? (200 * mel) / 3 : LOG_FROM * Math.exp(LOG_STEP * (mel - 15));
}
/** The filters of a bank, from low to high. */
export function melFilters({ frame, mels, min, max, sampleRate, scale, equalEnergy }) {
    const bins = Math.floor(frame / 2) + 1;
    const [low, high] = [hertzToMel(min, scale), hertzToMel(max, scale)];
    const corners = Array.from({ length: mels + 2 }, (_, i) => melToHertz(low + ((high - low) * i) / (mels + 1), scale));
    const nyquist = Math.floor(sampleRate / 2);
    return Array.from({ length: mels }, (_, i) => {
        const [left, peak, right] = corners.slice(i, i + 3);
        const energy = equalEnergy ? 2 / (right - left) : 1;
        const weights = Float64Array.from({ length: bins }, (_, k) => {
            const hertz = (nyquist * k) / (bins - 1);
            return Math.max(0, Math.min((hertz - left) / (peak - left), (right - hertz) / (right - peak))) * energy;
        });
        const first = Math.max(0, weights.findIndex((w) => w > 0));
        const last = weights.findLastIndex((w) => w > 0);
        return { first, weights: weights.slice(first, last + 1) };
    });
}
/** Mel power spectrograms with one set of tables. */
export class MelSpectrogram {
    options;
    hop;
    filters;
    window;
    fourier;
    constructor(options, 
    /** Samples from one frame to the next. */
    hop) {
        this.options = options;
        this.hop = hop;
        const { frame } = options;
        this.filters = melFilters(options);
        this.window = Float64Array.from({ length: frame }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frame)); // periodic Hann
        this.fourier = new Fourier(frame);
    }
    /** Frames of a sound of this many samples. */
    frames(samples) {
        return Math.floor((samples + 2 * Math.floor(this.options.frame / 2) - this.options.frame) / this.hop) + 1;
    }
    /** Power in each filter for frames around 0, hop, 2 hop, …, with the sound mirrored at both ends: -> [frames, mels]. */
    power(samples, count = this.frames(samples.length)) {
        const { frame, mels } = this.options;
        const half = Math.floor(frame / 2);
        const out = new Float64Array(count * mels);
        const cut = new Float64Array(frame);
        const spectrum = new Float64Array(half + 1);
        const last = samples.length - 1;
        for (let t = 0; t < count; t++) {
            for (let i = 0; i < frame; i++) {
                const at = Math.abs(t * this.hop + i - half);
                cut[i] = (samples[at > last ? 2 * last - at : at] ?? 0) * this.window[i];
            }
            this.fourier.power(cut, spectrum);
            this.filters.forEach(({ first, weights }, m) => {
                let sum = 0;
                for (let k = 0; k < weights.length; k++)
                    sum += weights[k] * spectrum[first + k];
                out[t * mels + m] = sum;
            });
        }
        return out;
    }
}
//# sourceMappingURL=mel.js.map