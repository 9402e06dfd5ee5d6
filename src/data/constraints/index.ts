// Instructions with constraints that code can check, as data and over scenes.

export * from './table.js';
export * from './world.js';
