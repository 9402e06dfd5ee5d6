// The errors that all readers of sound files share.
import { SensoriumError } from '../util/errors.js';
/** A file of a known format that is cut off or damaged. */
export function damagedSound(place, format, got, cause) {
    return new SensoriumError('media.damaged', `the ${format} file is cut off or damaged`, {
        place,
        expected: `a complete ${format} file`,
        got,
        hint: 'Download or record it again',
        cause,
    });
}
/** Throws `media.limit` for more samples of one channel than are allowed. */
export function checkSamples(count, { place, maxSamples }) {
    if (count > maxSamples)
        throw new SensoriumError('media.limit', 'the sound is too long', {
            place,
            expected: `at most ${maxSamples} samples`,
            got: String(count),
            hint: 'Cut it, or raise maxSamples if the file is trusted',
        });
}
/** A file whose format or kind is not read. */
export function unreadSound(place, { expected, got, hint }) {
    return new SensoriumError('media.format', 'sound files of this kind are not read', {
        place,
        expected,
        got,
        hint: hint ?? 'Convert it to WAV, MP3, FLAC or Ogg first',
    });
}
//# sourceMappingURL=sound-errors.js.map