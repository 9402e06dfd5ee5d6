// Agents: tools, programs and controllers that use them, over a workspace of pictures and within a budget.

export * from './budget.js';
export * from './controllers/index.js';
export * from './depth-model.js';
export { direct } from './direct.js';
export * from './embodied/index.js';
export * from './equipment.js';
export * from './gpt4tools/index.js';
export * from './gui/index.js';
export * from './mask-model.js';
export * from './planner.js';
export * from './point-clip.js';
export * from './point-projection.js';
export * from './programs/index.js';
export * from './registry.js';
export * from './responder.js';
export * from './run-agent.js';
export * from './tool.js';
export * from './tools/index.js';
export * from './trace.js';
export * from './trace-page.js';
export * from './workspace.js';
