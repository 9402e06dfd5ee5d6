// Demonstrations in the context of a model: templates, selection, order, an index over a folder, and responders that are given them.

export { type Demo, demosOf, makeDemo } from './demo.js';
export * from './templates/index.js';
