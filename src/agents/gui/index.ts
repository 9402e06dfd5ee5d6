// GUI agents: apps in a sandboxed browser, actions that are checked, policies that decide, and the benchmark.

export * from './actions.js';
export { gui } from './agent.js';
export { APPS, defineApp, type GuiApp, type GuiTask, guiTask, guiTasks } from './apps/index.js';
export * from './baselines.js';
export * from './bench.js';
export * from './browser.js';
export * from './demonstrate.js';
export * from './device.js';
export * from './documents.js';
export * from './episode.js';
export { grammarPolicy } from './grammar.js';
export { followed, PAGE_INJECTIONS, type PageInjection } from './injection.js';
export * from './marks.js';
export { ownPolicy } from './own.js';
export * from './own-text.js';
export * from './pixels.js';
export * from './policy.js';
export * from './screen.js';
export * from './url.js';
export * from './virtual.js';
