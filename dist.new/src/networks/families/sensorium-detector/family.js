// The row of our detector.
import { defineFamily } from '../../family.js';
import { detectorConfig, SensoriumDetector } from './network.js';
/** A vision tower with a head that finds objects. */
export const sensoriumDetectorFamily = defineFamily({
    modelType: 'sensorium_detector',
    architectures: ['SensoriumForObjectDetection'],
    kind: 'encoder',
    config: detectorConfig,
    build: (c) => new SensoriumDetector(c),
});
//# sourceMappingURL=family.js.map