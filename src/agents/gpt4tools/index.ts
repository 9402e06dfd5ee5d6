// GPT4Tools: a planner in its form, and the loop that carries its calls out.

export * from './agent.js';
export * from './planner.js';
