// The program ffmpeg, which reads what nothing in npm reads for us: found, and run on one local file within bounds of time and output.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { findProgram } from '../util/programs.js';
/** The path of ffmpeg: what SENSORIUM_FFMPEG names, or the first in PATH. */
export function findFfmpeg() {
    return process.env.SENSORIUM_FFMPEG || findProgram('ffmpeg');
}
/**
 * What ffmpeg writes, and its complaints. The file is opened as a local one and no other address is followed, by arguments and without a
 * shell. Errors: `media.program` when there is no ffmpeg, `media.limit` for too much output or time, `media.damaged` when it fails.
 */
export async function runFfmpeg(run) {
    const { place, kind, signal } = run;
    const program = findFfmpeg();
    if (program === undefined)
        throw missing(run);
    signal?.throwIfAborted();
    const input = ['-protocol_whitelist', 'file', '-f', run.format, '-i', `file:${path.resolve(run.file)}`];
    const args = ['-nostdin', '-hide_banner', '-loglevel', 'error', ...input, ...run.output, 'pipe:1'];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const parts = [];
    let [size, complaints] = [0, ''];
    let stopped;
    const stop = (reason) => {
        stopped ??= reason;
        child.kill('SIGKILL');
    };
    const limit = (summary, expected) => new SensoriumError('media.limit', summary, { place, expected, hint: `Cut the ${kind}, or raise the limits if the file is trusted` });
    const timer = setTimeout(() => stop(limit(`the ${kind} takes too long to decode`, `at most ${run.maxTime} seconds`)), run.maxTime * 1000);
    const abort = () => stop(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', (data) => {
        size += data.length;
        if (size > run.maxOutput)
            stop(limit(`more comes out of the ${kind} than is allowed`, `at most ${run.maxOutput} bytes`));
        else
            parts.push(data);
    });
    child.stderr.setEncoding('utf8').on('data', (data) => {
        if (complaints.length < 4000)
            complaints += data;
    });
    try {
        const code = await new Promise((resolve, reject) => {
            child.on('error', reject).on('close', resolve);
        }).catch((cause) => {
            throw missing(run, cause);
        });
        if (stopped !== undefined)
            throw stopped;
        if (code !== 0)
            throw damagedFile(run, complaints || `exit code ${code}`);
        return { output: Buffer.concat(parts), complaints: serious(complaints) };
    }
    finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
    }
}
/** Complaints without those about the order of times, which whole files have too. */
function serious(complaints) {
    const lines = complaints.split('\n').filter((line) => line.trim() !== '' && !/monoton|timestamp/i.test(line));
    return lines.join('\n');
}
/** `media.damaged` with the first thing that ffmpeg complains about. */
export function damagedFile({ kind, place, format }, complaints) {
    const [first = ''] = complaints.trim().split('\n');
    return new SensoriumError('media.damaged', `the ${kind} is cut off, damaged or of a codec that is not read`, {
        place,
        expected: `a complete ${format} file with a ${kind}`,
        got: first.replace(/^\[[^\]]*\] /, '').slice(0, 200),
        hint: 'Download or export it again',
    });
}
function missing({ place, kind }, cause) {
    const named = process.env.SENSORIUM_FFMPEG;
    return new SensoriumError('media.program', `this ${kind} is read by the program ffmpeg, which is not there`, {
        place,
        expected: 'ffmpeg in PATH, or its path in SENSORIUM_FFMPEG',
        got: named ? `SENSORIUM_FFMPEG=${named}, which does not start` : 'none',
        hint: `Install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg), or ${kind === 'video' ? 'give the video by its frames' : 'convert the sound to WAV, MP3, FLAC or Ogg'}`,
        cause,
    });
}
/** Runs `use` with a file that holds these bytes, in a folder that only this user can read and that is gone afterwards. */
export async function withFile(bytes, use) {
    const dir = await mkdtemp(path.join(tmpdir(), 'sensorium-media-'));
    try {
        const file = path.join(dir, 'input');
        await writeFile(file, bytes, { mode: 0o600 });
        return await use(file);
    }
    finally {
        await rm(dir, { recursive: true, force: true });
    }
}
//# sourceMappingURL=ffmpeg.js.map