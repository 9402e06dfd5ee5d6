// The server of `hostile`: a process of its own, with the smallest model made to hold long replies and tools, and what it takes.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/util/package.js';
/** Names that requests ask for. */
export const NAMES = { model: 'tiny', embeddings: 'world-clip' };
/** Tokens of prompt and reply. */
const CONTEXT = 4096;
/** Writes tools as the models do that are taught to call them. */
const TEMPLATE = `{%- if tools %}{{ '<|text|>' }}Answer with <tool_call>{"name": …, "arguments": …}</tool_call>.
{%- for tool in tools %} {{ tool | tojson }}{% endfor %}{{ '<|end|>' }}{% endif -%}
{%- for message in messages -%}
{{ '<|' + message.role + '|>' if message.role in ['user', 'assistant'] else '<|text|>' }}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}{%- for part in message.content or [] -%}
{%- if part.type == 'image' -%}{{ '<image>' }}{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}{%- endif -%}{{- '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}`;
/** A copy of the smallest model in a temporary folder. */
export function modelFolder() {
    const parent = mkdtempSync(join(tmpdir(), 'hostile-'));
    const dir = join(parent, NAMES.model);
    cpSync(join(packageRoot(), 'models', 'sensorium-tiny'), dir, { recursive: true });
    const path = join(dir, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    (config.text_config ?? config).max_position_embeddings = CONTEXT;
    writeFileSync(path, JSON.stringify(config));
    writeFileSync(join(dir, 'chat_template.jinja'), TEMPLATE);
    return { dir, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
/** A server in a process of its own. */
export class ServerProcess {
    child;
    port;
    /** Why it ended; undefined while it lives. */
    ended;
    output = '';
    constructor(child, port) {
        this.child = child;
        this.port = port;
        child.on('exit', (code, signal) => {
            this.ended ??= `the server ended (${signal ?? code}): ${this.output.slice(-300)}`;
        });
        const keep = (data) => {
            this.output = (this.output + data).slice(-10_000);
        };
        child.stdout?.on('data', keep);
        child.stderr?.on('data', keep);
    }
    /** Starts it and waits until it listens. */
    static async start(dir, { workers, args = [] } = {}) {
        const root = packageRoot();
        const command = [
            ...['--import', new URL('./ticks.js', import.meta.url).href, join(root, 'bin', 'sensorium.mjs'), 'serve', dir],
            ...['--embeddings', join(root, 'models', NAMES.embeddings), '--slots', '12', '--port', '0', '--threads', '1', ...args],
        ];
        const env = { ...process.env, ...(workers === undefined ? {} : { SENSORIUM_WORKERS: workers }) };
        const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
        const port = await new Promise((resolve, reject) => {
            let text = '';
            const read = (data) => {
                text = (text + data).slice(-10_000);
                const found = /http:\/\/[^\s:]+:(\d+)/.exec(text)?.[1];
                if (found)
                    resolve(Number(found));
            };
            child.stdout?.on('data', read);
            child.stderr?.on('data', read);
            child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
        });
        return new ServerProcess(child, port);
    }
    /** Memory in MiB: what it holds, or what it held at most since `resetPeak`. */
    memory(field) {
        const text = this.read('status');
        return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024);
    }
    /** Makes VmHWM begin anew. */
    resetPeak() {
        if (this.ended === undefined)
            writeFileSync(`/proc/${this.child.pid}/clear_refs`, '5');
    }
    /** Processor time of the main thread, in milliseconds. */
    mainThread() {
        return Number(this.read(`task/${this.child.pid}/schedstat`).split(' ')[0]) / 1e6;
    }
    /** What the main thread did since the last call; undefined of a server that has ended or does not answer for half a minute. */
    async ticks() {
        if (this.ended !== undefined)
            return undefined;
        return new Promise((resolve) => {
            const give = (report) => {
                clearTimeout(timer);
                this.child.off('message', give).off('exit', gone);
                resolve(report);
            };
            const gone = () => give();
            const timer = setTimeout(gone, 30_000);
            this.child.once('message', give).once('exit', gone);
            this.child.send('report', () => { });
        });
    }
    async stop() {
        if (this.ended !== undefined)
            return;
        this.ended = 'stopped';
        const over = new Promise((resolve) => this.child.once('exit', resolve));
        this.child.kill('SIGKILL');
        await over;
    }
    /** A file about the process; nothing once it has ended. */
    read(name) {
        try {
            return readFileSync(`/proc/${this.child.pid}/${name}`, 'utf8');
        }
        catch (error) {
            if (this.ended !== undefined || this.child.exitCode !== null)
                return '';
            throw error;
        }
    }
}
//# sourceMappingURL=server.js.map