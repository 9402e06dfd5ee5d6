// Sounds at another sampling rate: band-limited interpolation with torchaudio's default kernel.
import { SensoriumError } from '../util/errors.js';
/** Zero crossings of the sinc on either side, and the share of the band that is kept (torchaudio's `resample`). */
const CROSSINGS = 6;
const ROLLOFF = 0.99;
/** Weights that are computed once and kept; of rates without a common divisor there are billions, which are computed as they are needed. */
const MOST_KEPT = 2 ** 22;
/** Samples of a result: two and a half hours at 48 kHz. */
const MOST_SAMPLES = 2 ** 29;
/**
 * The sound at `sampleRate`, windowed-sinc interpolated (Smith, "Digital Audio Resampling"). Errors: `media.sound` for an invalid rate,
 * `media.limit` for a result of more than half a billion samples.
 */
export function resampleSound({ sampleRate: from, samples }, sampleRate) {
    for (const rate of [from, sampleRate])
        if (!(Number.isInteger(rate) && rate > 0))
            throw new SensoriumError('media.sound', 'invalid sampling rate', { expected: 'a positive whole number of Hz', got: String(rate) });
    if (from === sampleRate)
        return { sampleRate, samples };
    const common = gcd(from, sampleRate);
    const [down, up] = [from / common, sampleRate / common];
    const length = Math.ceil((up * samples.length) / down);
    if (length > MOST_SAMPLES)
        throw new SensoriumError('media.limit', 'the resampled sound would be too long', {
            expected: `at most ${MOST_SAMPLES} samples`,
            got: `${length}, at ${sampleRate} Hz in place of ${from}`,
            hint: 'Cut it',
        });
    const kernel = kernelOf(down, up);
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++) {
        const { first, weights } = kernel(i % up);
        const start = Math.floor(i / up) * down + first;
        let sum = 0;
        for (let k = Math.max(0, -start); k < weights.length && start + k < samples.length; k++)
            sum += weights[k] * samples[start + k];
        out[i] = sum;
    }
    return { sampleRate, samples: out };
}
/** The weights for each of the `up` places that an output can have between inputs. */
function kernelOf(down, up) {
    const cutoff = Math.min(down, up) * ROLLOFF;
    const reach = (CROSSINGS * down) / cutoff;
    const phaseAt = (phase) => {
        const middle = (phase * down) / up; // in inputs
        const first = Math.ceil(middle - reach);
        const weights = new Float32Array(Math.floor(middle + reach) - first + 1);
        for (let k = 0; k < weights.length; k++) {
            const t = Math.max(-CROSSINGS, Math.min(CROSSINGS, (-phase / up + (first + k) / down) * cutoff));
            const window = Math.cos((t * Math.PI) / CROSSINGS / 2) ** 2;
            const sinc = t === 0 ? 1 : Math.sin(t * Math.PI) / (t * Math.PI);
            weights[k] = (sinc * window * cutoff) / down;
        }
        return { first, weights };
    };
    if (up * 2 * reach > MOST_KEPT)
        return phaseAt;
    const kept = Array.from({ length: up }, (_, phase) => phaseAt(phase));
    return (phase) => kept[phase];
}
function gcd(a, b) {
    return b === 0 ? a : gcd(b, a % b);
}
//# sourceMappingURL=resample-sound.js.map