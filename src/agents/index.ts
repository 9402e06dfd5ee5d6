// Agents: tools, programs and controllers that use them, over a workspace of pictures and within a budget.

export * from './budget.js';
export * from './tool.js';
export * from './trace.js';
export * from './workspace.js';
