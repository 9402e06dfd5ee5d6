import { type ChosenFilter } from './filters/index.js';
import { type CurateOptions, type CurateReport } from './options.js';
/**
 * Filters a data set into a folder. Memory does not grow with the number of rows, but for filters that remember them (`duplicate`,
 * `frequency`: about 25 bytes a row). Output bytes depend on the data and the options alone, also after a kill. Errors: `curate.option`,
 * `curate.images`, `curate.resume`, `data.read`, `data.format`, `data.exists`, `util.locked`; faults of rows are reasons.
 */
export declare function curate(path: string, options: CurateOptions): Promise<CurateReport>;
/** The filters of a run. Throws `curate.option` for options that do not go together. */
export declare function assertCuratable(options: CurateOptions): ChosenFilter[];
