// The `sensorium` command: finds the subcommand, checks its options, runs it, and turns what it throws into a readable block and an exit code.

import { stripVTControlCharacters } from 'node:util';
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from 'citty';
import { launchOf } from '../runtime/launch.js';
import { packageVersion } from '../util/package.js';
import { COMMANDS } from './commands.js';
import { checkFlags } from './flags.js';
import { didYouMean } from './nearest.js';
import { EXIT, exitCodeOf, renderError, usageError } from './report.js';

/** Where the command writes (replaceable in tests). */
export interface MainOptions {
  out?: (text: string) => void;
  err?: (text: string) => void;
}

/** Runs the command line and resolves with the exit code: 0, 1 error, 2 called wrongly, 130 interrupted. */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const { out = (text) => void process.stdout.write(text), err = (text) => void process.stderr.write(text) } = options;
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const debug = flags.includes('--debug') || Boolean(process.env.SENSORIUM_DEBUG);
  const given = argv.filter((arg, i) => arg !== '--debug' || (end >= 0 && i > end));
  let args = given;
  const help = flags.some((arg) => arg === '--help' || arg === '-h');
  // `sensorium … | head` closes our output early; that is no failure.
  const closed = (error: NodeJS.ErrnoException): void => {
    if (!help && Object.hasOwn(COMMANDS, args[0] ?? '') && COMMANDS[args[0] as string]?.outlivesReader) return;
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  };
  process.stdout.on('error', closed);
  try {
    args = takeDevice(given);
    const [name, ...rest] = args;
    if (name === '--version' || name === '-v') {
      out(`${packageVersion()}\n`);
      return EXIT.ok;
    }
    if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
      (name === undefined ? err : out)(overview());
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (name === 'help') return await run(rest[0] as string, rest.slice(1), true, out);
    return await run(name, rest, help, out);
  } catch (error) {
    const text = `${renderError(error, { debug })}\n`;
    const code = exitCodeOf(error);
    if (launchOf()) await (await import('./ranks.js')).reportTogether(error, text, code, err);
    else err(text);
    return code;
  } finally {
    process.stdout.off('error', closed);
  }
}

/** Takes `--device NAME` out of the arguments: every command runs its programs there, and so do processes that it starts. */
function takeDevice(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const at = argv.findIndex((arg, i) => (arg === '--device' || arg.startsWith('--device=')) && (end < 0 || i < end));
  if (at < 0) return [...argv];
  const isJoined = argv[at] !== '--device';
  const device = isJoined ? argv[at]?.slice('--device='.length) : argv[at + 1];
  if (device !== 'cpu' && device !== 'webgpu')
    throw usageError('--device needs the name of a device', { expected: 'cpu or webgpu', got: device ?? 'nothing' });
  process.env.SENSORIUM_DEVICE = device;
  return argv.filter((_, i) => i !== at && (isJoined || i !== at + 1));
}

// biome-ignore lint/suspicious/noExplicitAny: a command is generic in its own options
type AnyCommand = CommandDef<any>;

async function run(name: string, args: string[], help: boolean, out: (text: string) => void): Promise<number> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const names = Object.keys(COMMANDS);
    throw usageError(name.startsWith('-') ? `sensorium has no option ${name}` : `there is no command '${name}'`, {
      hint: didYouMean(name, names) ?? `The commands are: ${names.join(', ')}. See sensorium --help`,
    });
  }
  let command: AnyCommand = await entry.load();
  let path = `sensorium ${name}`;
  let parent: AnyCommand | undefined;
  let rest = args;
  for (;;) {
    const children = (await resolved(command.subCommands)) as Record<string, AnyCommand> | undefined;
    if (children === undefined || Object.keys(children).length === 0) break;
    const child = rest[0];
    if (child === undefined || child.startsWith('-')) {
      if (help) break;
      throw usageError(`${path} needs a subcommand`, { hint: `It has: ${Object.keys(children).join(', ')}. See ${path} --help` });
    }
    if (!Object.hasOwn(children, child)) {
      const names = Object.keys(children);
      throw usageError(`${path} has no subcommand '${child}'`, {
        hint: didYouMean(child, names) ?? `It has: ${names.join(', ')}. See ${path} --help`,
      });
    }
    parent = command;
    command = (await resolved(children[child])) as AnyCommand;
    path += ` ${child}`;
    rest = rest.slice(1);
  }

  if (help) {
    out(await helpText(command, path, parent ? [] : entry.examples));
    return EXIT.ok;
  }
  const known = ((await resolved(command.args)) ?? {}) as ArgsDef;
  checkFlags(rest, known, path);
  const { result } = await runCommand(command, { rawArgs: rest });
  // A command may say how it ended, for what is not an error but not a success either.
  return typeof result === 'number' ? result : Number(process.exitCode ?? EXIT.ok);
}

async function resolved<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>) | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value;
}

async function helpText(command: AnyCommand, path: string, examples: readonly string[]): Promise<string> {
  const parentName = path.split(' ').slice(0, -1).join(' ');
  let text = await renderUsage(command, { meta: { name: parentName } });
  if (examples.length > 0) text += `\n\nEXAMPLES\n\n${examples.map((example) => `  ${example}`).join('\n')}`;
  text += '\n\nEvery command: --help, --device cpu|webgpu (or SENSORIUM_DEVICE), --debug (stack traces; or SENSORIUM_DEBUG=1)\n';
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}

/** What `sensorium --help` prints; no command is loaded for it. */
export function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Multimodal language models in TypeScript (sensorium ${packageVersion()})

usage: sensorium COMMAND [options]

${lines.join('\n')}

Examples and options of a command: sensorium COMMAND --help
`;
}
