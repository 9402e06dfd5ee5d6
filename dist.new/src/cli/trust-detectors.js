// Detectors named on the command line: `--detector world`, `nanodet,centernet` for photographs, or the folder of one that was trained.
import { DETECTOR_NAMES, openDetector as openExpert } from '../trust/experts/open.js';
import { TrainedDetector } from '../trust/trained-detector.js';
import { fetchModel } from './fetch-model.js';
/** Names for detectors that ship with the package. */
const SHIPPED = { world: 'world-detector' };
/** Opens a detector by its name or folder. Errors: those of `fetchModel` and of its folder, `trust.asset` for one that is not fetched. */
export async function openDetector(name, { signal } = {}) {
    if (name.split(',').every((part) => DETECTOR_NAMES.includes(part.trim())))
        return openExpert(name);
    return TrainedDetector.load(await fetchModel(SHIPPED[name] ?? name, { signal }), { signal });
}
//# sourceMappingURL=trust-detectors.js.map