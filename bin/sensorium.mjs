#!/usr/bin/env node
// The `sensorium` command: starts the compiled program, or says what is missing before it can start.

import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const entry = new URL('../dist/src/cli/main.js', import.meta.url);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: this is Node ${process.versions.node}; Sensorium needs Node 20.19 or newer\n`);
  process.exitCode = 1;
} else if (!existsSync(entry)) {
  process.stderr.write(
    'error: Sensorium is not built yet\n  do     run: npm install && npm run build (or npm run quickstart, which does both)\n',
  );
  process.exitCode = 1;
} else {
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
}
