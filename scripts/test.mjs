// `npm test`: the unit suite, that of whole models, that of devices, then each slow suite in a process of its own, then one line with the totals.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { root } from './setup.mjs';

const out = join(root, '.cache', 'test');

/** Slow suites by name: test/slow/NAME.test.ts. */
export function slowSuites(dir = root) {
  try {
    return readdirSync(join(dir, 'test', 'slow'))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => name.slice(0, -'.test.ts'.length))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Counts of one report of vitest's JSON reporter. A suite that failed without a failed test (did not load, crashed) counts as one. */
export function countReport(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const broken = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  let failed = (report?.numFailedTests ?? 0) + broken;
  if (failed === 0 && exitCode !== 0) failed = 1;
  return { passed, failed, skipped };
}

/** `12 passed, 1 failed` and, when there are any, `, 2 skipped`. */
export function totalLine(counts) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const one of counts) for (const key of Object.keys(sum)) sum[key] += one[key];
  return `${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`;
}

/** Runs vitest once and returns its exit code, counts and seconds. */
async function vitest(name, args, timeoutMs) {
  const report = join(out, `${name}.json`);
  rmSync(report, { force: true });
  const bin = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const started = Date.now();
  const code = await runChild(
    process.execPath,
    [bin, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    {
      timeoutMs,
    },
  );
  let json;
  try {
    json = JSON.parse(readFileSync(report, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    process.stderr.write(`${name}: the test process ended with exit code ${code} before it wrote its report\n`);
  }
  return { name, code, seconds: (Date.now() - started) / 1000, ...countReport(json, code) };
}

/** One slow suite may take this long; a hang must not eat the whole run. */
const SLOW_TIMEOUT = 15 * 60_000;

/** So may the tests on a device, of which all run only where SENSORIUM_DEVICE_TESTS=all asks for them. */
const DEVICE_TIMEOUT = process.env.SENSORIUM_DEVICE_TESTS === 'all' ? undefined : SLOW_TIMEOUT;

/** Runs a task (`test`, `unit`, `whole`, `device` or `slow`) and returns the exit code. */
export async function runTests(task, args) {
  mkdirSync(out, { recursive: true });
  const results = [];
  const add = async (name, vitestArgs, timeoutMs) => {
    process.stdout.write(`\n== ${name}\n`);
    results.push(await vitest(name.replace(/[^\w-]+/g, '-'), vitestArgs, timeoutMs));
    return results.at(-1).code;
  };
  const interrupted = (code) => code === 130 || code === 137 || code === 143;

  if (task === 'test' && args.length > 0) await add('chosen', args);
  else if (task === 'unit') await add('unit', ['--project=unit*', ...args]);
  else if (task === 'whole') await add('whole', ['--project=whole', ...args]);
  else if (task === 'device') await add('device', ['--project=device', ...args]);
  else {
    const all = slowSuites();
    const unknown = task === 'slow' ? args.filter((name) => !all.includes(name)) : [];
    if (unknown.length > 0) {
      process.stderr.write(`error: there is no slow suite '${unknown[0]}'\n  choose  ${all.join(', ') || '(there are none)'}\n`);
      return 2;
    }
    let code = task === 'test' ? await add('unit', ['--project=unit*']) : 0;
    if (task === 'test' && !interrupted(code)) code = await add('whole', ['--project=whole']);
    if (task === 'test' && !interrupted(code)) code = await add('device', ['--project=device'], DEVICE_TIMEOUT);
    for (const name of task === 'slow' && args.length > 0 ? args : all) {
      if (interrupted(code)) break;
      // A process each: a crash in native code is then told under the name of its suite, and memory starts afresh.
      code = await add(`slow: ${name}`, ['--project=slow', `test/slow/${name}.test.ts`], SLOW_TIMEOUT);
    }
  }

  const total = totalLine(results);
  process.stdout.write('\n');
  for (const { name, code, seconds, passed, failed, skipped } of results) {
    const detail = `${totalLine([{ passed, failed, skipped }])} in ${seconds.toFixed(1)} s`;
    process.stdout.write(`${code === 0 && failed === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(28)} ${detail}\n`);
  }
  process.stdout.write(`${total}\n`);
  writeFileSync(join(out, 'summary.json'), `${JSON.stringify({ total, suites: results }, null, 1)}\n`);
  const stopped = results.find(({ code }) => interrupted(code));
  return stopped ? stopped.code : results.every(({ code, failed }) => code === 0 && failed === 0) ? 0 : 1;
}
