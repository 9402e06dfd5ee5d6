// The embodied agent: a room made from a scene or a picture, plans that a simulator checks, and a benchmark.

export { embodied } from './agent.js';
export * from './bench.js';
export * from './planners.js';
export * from './room.js';
