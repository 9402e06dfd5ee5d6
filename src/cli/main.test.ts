// The command line as a user meets it: help, mistyped commands and options, readable errors, exit codes.

import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { checkFlags, choiceOption, numberOption } from './flags.js';
import { main } from './main.js';
import { nearest } from './nearest.js';
import { exitCodeOf, renderError, usageError } from './report.js';

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('sensorium', () => {
  it('lists its commands', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const name of ['quickstart', 'train', 'ask', 'chat', 'eval', 'serve', 'quantize', 'data', 'doctor'])
      expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect((await run()).code).toBe(2);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each(['quickstart', 'train', 'ask', 'chat', 'eval', 'serve', 'doctor', 'data', 'quantize'])(
    '%s --help shows options and examples',
    async (name) => {
      const { code, out } = await run(name, '--help');
      expect(code).toBe(0);
      expect(out).toContain('USAGE');
      expect(out).toContain(`  sensorium ${name}`);
      expect(await run('help', name)).toMatchObject({ code: 0, out });
    },
  );

  it('shows the help of a subcommand', async () => {
    const { code, out } = await run('data', 'world', '--help');
    expect(code).toBe(0);
    expect(out).toContain('sensorium data world');
    expect(out).toContain('--out');
  });

  it('names the nearest command', async () => {
    const { code, out, err } = await run('quickstrat');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe("error: there is no command 'quickstrat'\n  hint      Did you mean quickstart?\n");
    expect((await run('zzzzzz')).err).toContain('The commands are: quickstart, train');
    expect((await run('constructor')).code).toBe(2);
    expect((await run('data', 'wrold')).err).toContain('Did you mean world?');
    expect((await run('data')).err).toContain('needs a subcommand');
  });

  it('refuses options that a command does not have', async () => {
    const { code, err } = await run('ask', 'a.png', 'What?', '--temprature', '1');
    expect(code).toBe(2);
    expect(err).toContain('sensorium ask has no option --temprature');
    expect(err).toContain('Did you mean --temperature?');
    expect((await run('eval', '--n')).err).toContain('--n needs a value');
    expect((await run('eval', '--n', '0')).err).toContain('at least 1');
    expect((await run('eval', '--bench', 'poep')).err).toContain('Did you mean pope?');
    expect((await run('eval', '--split', 'tset')).err).toContain('expected  train, test');
    expect((await run('train')).code).toBe(2);
    expect((await run('train', 'x.ts', 'oops')).err).toContain('key=value');
  });

  it('takes the device out of the options of any command, and knows which there are', async () => {
    const before = process.env.SENSORIUM_DEVICE;
    try {
      expect(await run('train', 'no/such.ts', '--device', 'tpu')).toMatchObject({ code: 2 });
      expect(await run('train', 'no/such.ts', '--device')).toMatchObject({ code: 2 });
      expect(await run('train', '--help', '--device=webgpu')).toMatchObject({ code: 0 });
      expect(process.env.SENSORIUM_DEVICE).toBe('webgpu');
    } finally {
      if (before === undefined) delete process.env.SENSORIUM_DEVICE;
      else process.env.SENSORIUM_DEVICE = before;
    }
  });

  it('says where it happened with --debug', async () => {
    expect((await run('train', 'no/such.ts')).err).not.toContain('    at ');
    const { code, err } = await run('train', 'no/such.ts', '--debug');
    expect(code).toBe(1);
    expect(err).toContain('no/such.ts');
    expect(err).toContain('    at ');
  });
});

describe('errors', () => {
  it('are one block', () => {
    const error = new SensoriumError('util.full', 'the disk is full', {
      place: 'runs/x',
      expected: '4 MB',
      got: '1 MB',
      hint: 'Free some space',
    });
    expect(renderError(error)).toBe(
      ['error: the disk is full', '  where     runs/x', '  expected  4 MB', '  got       1 MB', '  hint      Free some space'].join('\n'),
    );
    expect(renderError(new SensoriumError('util.full', 'only this'))).toBe('error: only this');
  });

  it('show a stack and causes only when asked', () => {
    const error = new SensoriumError('util.full', 'outer', { cause: new Error('inner') });
    expect(renderError(error)).not.toContain('inner');
    expect(renderError(error, { debug: true })).toContain('caused by: Error: inner');
    expect(renderError(new TypeError('x is not a function'))).toMatch(/^error: x is not a function\n.*--debug/);
    expect(renderError('thrown text')).toBe('error: thrown text');
  });

  it('have exit codes', () => {
    expect(exitCodeOf(new Error('x'))).toBe(1);
    expect(exitCodeOf(usageError('x'))).toBe(2);
    expect(exitCodeOf(new DOMException('x', 'AbortError'))).toBe(130);
  });
});

describe('options', () => {
  it('are read and bounded', () => {
    expect(numberOption('n', undefined)).toBeUndefined();
    expect(numberOption('n', '1e3', { integer: true })).toBe(1000);
    for (const text of ['', ' ', 'x', '1.5', '-1', 'NaN', 'Infinity', '1,5'])
      expect(() => numberOption('n', text, { min: 0, integer: true }), text).toThrow(/--n/);
    expect(choiceOption('l', 'zh', ['en', 'zh'])).toBe('zh');
    expect(() => choiceOption('l', 'de', ['en', 'zh'])).toThrow(/expected en, zh, got de/);
  });

  it('are recognised in every form', () => {
    const known = { 'max-tokens': { type: 'string' }, json: { type: 'boolean' }, file: { type: 'positional' } } as const;
    for (const line of [
      '--max-tokens 3',
      '--max-tokens=3',
      '--maxTokens 3',
      '--json',
      '--no-json',
      '-- --anything',
      'a -1 -.5',
      '- b',
      '--max-tokens -3',
    ])
      expect(() => checkFlags(line.split(' '), known, 'x'), line).not.toThrow();
    for (const line of ['--max-token 3', '--max-tokens', '--max-tokens --json', '-j', '--file x'])
      expect(() => checkFlags(line.split(' '), known, 'x'), line).toThrow();
  });

  it('are corrected to what is near', () => {
    expect(nearest('quick', ['quickstart', 'train'])).toEqual(['quickstart']);
    expect(nearest('x', ['train', 'ask'])).toEqual([]);
  });
});
