// Novel concepts with made-up names: episodes to train on, and what a model learns of them in its context.

export { type Concept, ConceptImages, concepts, madeUpNames, VIEWS } from './concepts.js';
export { type Episode, type EpisodeOptions, Episodes, LINKS, type Link, linkContext, NAME_QUESTION } from './episodes.js';
export { measureOrders, measureSelectors, measureShots, type ShotOptions } from './measure.js';
