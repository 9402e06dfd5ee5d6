// The registries alone, which the command line reads for its help without loading models or data.

export { DEMO_ORDERS } from './orders.js';
export { DEMO_SELECTORS } from './selectors/index.js';
export { DEMO_TEMPLATES } from './templates/index.js';
