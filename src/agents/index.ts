// Agents: tools, programs and controllers that use them, over a workspace of pictures and within a budget.

export * from './budget.js';
export { direct } from './direct.js';
export * from './embodied/index.js';
export * from './equipment.js';
export * from './gui/index.js';
export * from './planner.js';
export * from './registry.js';
export * from './run-agent.js';
export * from './tool.js';
export * from './trace.js';
export * from './trace-page.js';
export * from './workspace.js';
