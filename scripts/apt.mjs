// Installs a program where the package manager is apt and may be used; else says what to do.

import { spawnSync } from 'node:child_process';

const runs = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Installs `name`, unless it answers to --version. `elsewhere`: what to do without apt. */
export function aptInstall(name, elsewhere) {
  const version = spawnSync(name, ['--version'], { encoding: 'utf8' });
  if (version.status === 0) {
    console.log(`${name} is there: ${version.stdout.trim()}`);
    return;
  }
  if (!runs('apt-get', ['--version'])) {
    console.error(`${name} is not there, and neither is apt. Install it by hand: ${elsewhere}`);
    process.exitCode = 1;
    return;
  }
  const own = process.getuid?.() === 0;
  if (!own && !runs('sudo', ['-n', 'true'])) {
    console.error(`Only root may install packages here: sudo apt-get install ${name}`);
    process.exitCode = 1;
    return;
  }
  const apt = (args) =>
    (own ? spawnSync('apt-get', args, { stdio: 'inherit' }) : spawnSync('sudo', ['-n', 'apt-get', ...args], { stdio: 'inherit' }))
      .status === 0;
  const install = ['install', '-y', '--no-install-recommends', name];
  if (!apt(install) && !(apt(['update']) && apt(install))) process.exitCode = 1;
}
