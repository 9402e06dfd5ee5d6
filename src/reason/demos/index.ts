// Demonstrations in the context of a model: templates, selection, order, an index over a folder, and responders that are given them.

export { type BankOptions, type BankVectors, bankOf, type DemoBank, openBank } from './bank.js';
export { type BuildIndexOptions, buildIndex, type IndexModel, type IndexReport } from './build-index.js';
export { calibrated, contentFree, softmax } from './calibrate.js';
export { askFilter, clipFilter, type DemoFilter } from './coherence.js';
export { type Demo, demosOf, makeDemo } from './demo.js';
export * from './link-context/index.js';
export { type Found, findIndex, type IndexBank, lookUp, type OpenIndexOptions, openIndex } from './open-index.js';
export { type OrderSweep, sweepOf, sweepOrders, sweptOrders } from './order-sweep.js';
export { DEMO_ORDERS, type DemoOrder, demoOrder, replyEntropy, somePermutations } from './orders.js';
export { type DemoOptions, type DemoPrompt, DemoPrompter, MOST_SHOTS } from './prompter.js';
export * from './selectors/index.js';
export { type DemoSource, type DemoSourceOptions, openDemoSource } from './source.js';
export * from './templates/index.js';
export * from './unified/index.js';
export { type DemoEmbedder, type DemoVectors, embedDemos } from './vectors.js';
export { aboutLength, untilStop, type WithDemosOptions, withDemos } from './with-demos.js';
