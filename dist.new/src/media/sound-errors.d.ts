import { SensoriumError } from '../util/errors.js';
/** A file of a known format that is cut off or damaged. */
export declare function damagedSound(place: string, format: string, got: string, cause?: unknown): SensoriumError;
/** Throws `media.limit` for more samples of one channel than are allowed. */
export declare function checkSamples(count: number, { place, maxSamples }: {
    place: string;
    maxSamples: number;
}): void;
/** A file whose format or kind is not read. */
export declare function unreadSound(place: string, { expected, got, hint }: {
    expected: string;
    got: string;
    hint?: string;
}): SensoriumError;
