// Runs a child process as if it were this one: same terminal, same exit code, signals passed on. Plain Node, no dependencies.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './setup.mjs';

/** The exit code a shell reports for a process ended by a signal. */
export const signalCode = (signal) => 128 + (constants.signals[signal] ?? 0);

/**
 * Runs a command and resolves with its exit code (128 + n for signal n).
 * Ctrl-C at a terminal reaches the child from the terminal itself; without one it is passed on. A second one kills the child.
 */
export function runChild(command, args, options = {}) {
  const { timeoutMs, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...spawnOptions });
    const fromTerminal = Boolean(process.stdin.isTTY || process.stderr.isTTY);
    let first;
    const interrupt = () => {
      // npm passes on a Ctrl-C that the terminal has already delivered: what follows within a moment is the same key.
      const now = Date.now();
      if (first === undefined) {
        first = now;
        if (!fromTerminal) child.kill('SIGINT');
      } else if (now - first > 600) child.kill('SIGKILL');
    };
    const terminate = (signal) => child.kill(signal);
    process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
    let timedOut = false;
    const timer = timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutMs)
      : undefined;
    const done = () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code, signal) => {
      done();
      if (timedOut) resolve(124);
      else if (signal) resolve(signalCode(signal));
      else resolve(first !== undefined && code !== 0 ? 130 : (code ?? 1));
    });
  });
}
