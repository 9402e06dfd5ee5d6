// Attacks on models that look, and defences against them.

export * from './defences.js';
export * from './measure.js';
export * from './pgd.js';
export * from './pictures.js';
