// GPT4Tools (Yang et al. 2023, arXiv:2305.18752): its tools, its form, and instructions for them from scenes or from a teacher.

export { type CatalogTool, inventedTool, type ListedTool, SEEN_TOOLS, type ToolSlot, UNSEEN_TOOLS } from './catalog.js';
export * from './form.js';
export * from './instructions.js';
