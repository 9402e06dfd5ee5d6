// The `sensorium` command: finds the subcommand, checks its options, runs it, and turns what it throws into a readable block and an exit code.
import { stripVTControlCharacters } from 'node:util';
import { renderUsage, runCommand } from 'citty';
import { launchOf } from '../runtime/launch.js';
import { packageVersion } from '../util/package.js';
import { COMMANDS } from './commands.js';
import { checkFlags } from './flags.js';
import { didYouMean } from './nearest.js';
import { EXIT, exitCodeOf, renderError, usageError } from './report.js';
/** Runs the command line and resolves with the exit code: 0, 1 error, 2 called wrongly, 130 interrupted. */
export async function main(argv, options = {}) {
    const { out = (text) => void process.stdout.write(text), err = (text) => void process.stderr.write(text) } = options;
    const end = argv.indexOf('--');
    const flags = end < 0 ? argv : argv.slice(0, end);
    const debug = flags.includes('--debug') || Boolean(process.env.SENSORIUM_DEBUG);
    const args = argv.filter((arg, i) => arg !== '--debug' || (end >= 0 && i > end));
    const help = flags.some((arg) => arg === '--help' || arg === '-h');
    // `sensorium … | head` closes our output early; that is no failure.
    const closed = (error) => {
        if (!help && Object.hasOwn(COMMANDS, args[0] ?? '') && COMMANDS[args[0]]?.outlivesReader)
            return;
        if (error.code === 'EPIPE')
            process.exit(EXIT.ok);
        throw error;
    };
    process.stdout.on('error', closed);
    try {
        const [name, ...rest] = args;
        if (name === '--version' || name === '-v') {
            out(`${packageVersion()}\n`);
            return EXIT.ok;
        }
        if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
            (name === undefined ? err : out)(overview());
            return name === undefined ? EXIT.usage : EXIT.ok;
        }
        if (name === 'help')
            return await run(rest[0], rest.slice(1), true, out);
        return await run(name, rest, help, out);
    }
    catch (error) {
        const text = `${renderError(error, { debug })}\n`;
        const code = exitCodeOf(error);
        if (launchOf())
            await (await import('./ranks.js')).reportTogether(error, text, code, err);
        else
            err(text);
        return code;
    }
    finally {
        process.stdout.off('error', closed);
    }
}
async function run(name, args, help, out) {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry === undefined) {
        const names = Object.keys(COMMANDS);
        throw usageError(name.startsWith('-') ? `sensorium has no option ${name}` : `there is no command '${name}'`, {
            hint: didYouMean(name, names) ?? `The commands are: ${names.join(', ')}. See sensorium --help`,
        });
    }
    let command = await entry.load();
    let path = `sensorium ${name}`;
    let parent;
    let rest = args;
    for (;;) {
        const children = (await resolved(command.subCommands));
        if (children === undefined || Object.keys(children).length === 0)
            break;
        const child = rest[0];
        if (child === undefined || child.startsWith('-')) {
            if (help)
                break;
            throw usageError(`${path} needs a subcommand`, { hint: `It has: ${Object.keys(children).join(', ')}. See ${path} --help` });
        }
        if (!Object.hasOwn(children, child)) {
            const names = Object.keys(children);
            throw usageError(`${path} has no subcommand '${child}'`, {
                hint: didYouMean(child, names) ?? `It has: ${names.join(', ')}. See ${path} --help`,
            });
        }
        parent = command;
        command = (await resolved(children[child]));
        path += ` ${child}`;
        rest = rest.slice(1);
    }
    if (help) {
        out(await helpText(command, path, parent ? [] : entry.examples));
        return EXIT.ok;
    }
    const known = ((await resolved(command.args)) ?? {});
    checkFlags(rest, known, path);
    const { result } = await runCommand(command, { rawArgs: rest });
    // A command may say how it ended, for what is not an error but not a success either.
    return typeof result === 'number' ? result : Number(process.exitCode ?? EXIT.ok);
}
async function resolved(value) {
    return typeof value === 'function' ? await value() : await value;
}
async function helpText(command, path, examples) {
    const parentName = path.split(' ').slice(0, -1).join(' ');
    let text = await renderUsage(command, { meta: { name: parentName } });
    if (examples.length > 0)
        text += `\n\nEXAMPLES\n\n${examples.map((example) => `  ${example}`).join('\n')}`;
    text += '\n\nEvery command: --help, --debug (stack traces; or SENSORIUM_DEBUG=1)\n';
    return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
/** What `sensorium --help` prints; no command is loaded for it. */
export function overview() {
    const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
    const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
    return `Multimodal language models in TypeScript (sensorium ${packageVersion()})

usage: sensorium COMMAND [options]

${lines.join('\n')}

Examples and options of a command: sensorium COMMAND --help
`;
}
//# sourceMappingURL=main.js.map