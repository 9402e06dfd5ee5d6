#!/usr/bin/env node
// Installs espeak-ng, which speaks for `sensorium speak`, where the package manager is apt and may be used; else says what to do.

import { spawnSync } from 'node:child_process';

const runs = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const version = () => spawnSync('espeak-ng', ['--version'], { encoding: 'utf8' });

if (version().status === 0) console.log(`espeak-ng is there: ${version().stdout.trim()}`);
else if (!runs('apt-get', ['--version'])) {
  console.error(
    'espeak-ng is not there, and neither is apt. Install it by hand: brew install espeak-ng, or https://github.com/espeak-ng/espeak-ng',
  );
  process.exitCode = 1;
} else {
  const own = process.getuid?.() === 0;
  if (!own && !runs('sudo', ['-n', 'true'])) {
    console.error('Only root may install packages here: sudo apt-get install espeak-ng');
    process.exitCode = 1;
  } else {
    const apt = (args) =>
      own ? spawnSync('apt-get', args, { stdio: 'inherit' }) : spawnSync('sudo', ['-n', 'apt-get', ...args], { stdio: 'inherit' });
    const done = apt(['install', '-y', '--no-install-recommends', 'espeak-ng']).status === 0;
    if (!done && (apt(['update']).status !== 0 || apt(['install', '-y', '--no-install-recommends', 'espeak-ng']).status !== 0))
      process.exitCode = 1;
  }
}
