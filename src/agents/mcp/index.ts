// The Model Context Protocol, both ways: our tools for others, theirs for our agents.

export { connectMcp, type McpClientOptions, type McpTools, splitCommand } from './client.js';
export { type McpServerOptions, mcpServer } from './server.js';
export { fileWithin, isBelow } from './sources.js';
