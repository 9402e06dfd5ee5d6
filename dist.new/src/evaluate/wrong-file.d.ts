import { SensoriumError } from '../util/errors.js';
/** `evaluate.row` for a file, or a row at `place`, that is not what the benchmark reads. */
export declare function wrongFile(place: string, expected: string, got?: string, hint?: string): SensoriumError;
