// `hostile --clients N --minutes M`: a crowd of every temper for a while. No reply may be wrong, nothing may fail, memory may not grow.
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { encodePng } from '../../src/media/index.js';
import { Rng } from '../../src/util/rng.js';
import { CHAT, dataUrl, pictured, sleep, times } from './attack.js';
import { modelFolder, NAMES, ServerProcess } from './server.js';
/** Memory of the last minute, in times that of the second one. */
const FLAT = 1.2;
const FORM = 'multipart/form-data; boundary=x';
class Crowd {
    port;
    counts = {};
    wrong = [];
    agent = new Agent({ keepAlive: true, maxSockets: 4 });
    over = false;
    constructor(port) {
        this.port = port;
    }
    stop() {
        this.over = true;
        this.agent.destroy();
    }
    count(what) {
        this.counts[what] = (this.counts[what] ?? 0) + 1;
    }
    /** One request; `undefined` for a connection that broke, or that was left. */
    async ask(client, method, path, body, reading = 'whole', type = 'application/json') {
        return new Promise((resolve) => {
            const sent = request({
                ...{ port: this.port, host: '127.0.0.1', localAddress: `127.0.2.${1 + (client % 250)}`, method, path },
                headers: body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) },
                ...(reading === 'whole' ? {} : { agent: false }),
            });
            sent.on('error', () => resolve(undefined));
            if (typeof reading === 'number')
                setTimeout(() => sent.destroy(), reading);
            sent.on('response', (answer) => {
                this.count(String(answer.statusCode));
                const parts = [];
                answer.on('error', () => resolve(undefined));
                answer.on('data', (data) => {
                    parts.push(data);
                    if (reading === 'leave')
                        sent.destroy();
                    if (reading !== 'slow')
                        return;
                    answer.pause();
                    setTimeout(() => answer.resume(), 5);
                });
                answer.on('close', () => resolve(answer.complete
                    ? { status: answer.statusCode ?? 0, body: Buffer.concat(parts), retryAfter: Number(answer.headers['retry-after'] ?? 1) }
                    : undefined));
            });
            sent.end(body);
        });
    }
    /** Asks until the server has time; undefined when the crowd goes home first. */
    async insist(client, ...rest) {
        while (!this.over) {
            const answer = await this.ask(client, ...rest);
            if (answer && answer.status !== 429 && answer.status !== 503)
                return answer;
            if (!answer && !this.over)
                this.wrong.push(`${rest[1]}: the connection broke`);
            await sleep(Math.min(5000, 500 * (answer?.retryAfter ?? 1)));
        }
        return undefined;
    }
    check(what, got, expected) {
        if (got === undefined)
            return;
        this.count(what);
        if (got !== expected)
            this.wrong.push(`${what}: ${JSON.stringify(got.slice(0, 200))} in place of ${JSON.stringify(expected.slice(0, 200))}`);
    }
}
const text = (answer) => answer?.body.toString('utf8');
/** The words of a whole answer or of a stream. */
function wordsOf(answer) {
    const body = text(answer);
    if (body === undefined)
        return undefined;
    if (answer?.status !== 200)
        return `${answer?.status} ${body}`;
    if (body.startsWith('{'))
        return JSON.parse(body).choices?.[0].message.content;
    if (!body.endsWith('data: [DONE]\n\n'))
        return `no end: ${body.slice(-100)}`;
    const events = body.split('\n\n').filter((line) => line.startsWith('data: {'));
    return events.map((line) => JSON.parse(line.slice(6)).choices[0]?.delta.content ?? '').join('');
}
/** Everything that clients of a crowd do. The answers that they expect are those of a quiet server. */
async function deedsOf(crowd, rng) {
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7) % 256);
    const picture = dataUrl(await encodePng({ width: 64, height: 64, data: pixels }));
    const questions = [
        { role: 'user', content: 'Is there a dog?' },
        { role: 'user', content: pictured([picture]) },
    ];
    const body = (question, more) => JSON.stringify({ model: NAMES.model, messages: [questions[question]], temperature: 0, max_tokens: 24, ...more });
    const expected = [];
    for (const question of questions.keys())
        expected.push(wordsOf(await crowd.ask(0, 'POST', CHAT, body(question, {}))));
    const embedding = JSON.stringify({ model: NAMES.embeddings, input: ['a red circle'] });
    const vectors = text(await crowd.ask(0, 'POST', '/v1/embeddings', embedding));
    const file = Buffer.from(`--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nvision\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'0123456789'.repeat(20_000)}\r\n--x--\r\n`);
    const pick = () => rng.int(questions.length);
    const words = (what, more, reading = 'whole') => async (client) => {
        const question = pick();
        crowd.check(what, wordsOf(await crowd.insist(client, 'POST', CHAT, body(question, more), reading)), expected[question]);
    };
    const nonsense = [
        '{',
        '[]',
        '{"model":1}',
        body(0, { temperature: 9 }),
        body(0, { messages: [{ role: 'user', content: 'x '.repeat(9000) }] }),
    ];
    return [
        words('whole', {}),
        words('streamed', { stream: true }),
        words('read slowly', { stream: true }, 'slow'),
        async (client) => {
            await crowd.ask(client, 'POST', CHAT, body(pick(), { stream: true, max_tokens: 200 }), 'leave');
            crowd.count('left in a stream');
        },
        async (client) => {
            await crowd.ask(client, 'POST', CHAT, body(pick(), { max_tokens: 200 }), rng.int(2000));
            crowd.count('left while waiting');
        },
        async (client) => {
            const status = (await crowd.insist(client, 'POST', CHAT, nonsense[rng.int(nonsense.length)]))?.status;
            crowd.check('nonsense', status === undefined ? undefined : String(status), '400');
        },
        async (client) => crowd.check('embedding', text(await crowd.insist(client, 'POST', '/v1/embeddings', embedding)), vectors),
        async (client) => {
            const uploaded = text(await crowd.insist(client, 'POST', '/v1/files', file, 'whole', FORM));
            const id = uploaded && /"(file-[\w-]+)"/.exec(uploaded)?.[1];
            if (!id)
                return;
            const content = await crowd.insist(client, 'GET', `/v1/files/${id}/content`, undefined, 'slow');
            crowd.check('file', content && String(content.body.length), '200000');
            await crowd.insist(client, 'DELETE', `/v1/files/${id}`);
        },
    ];
}
/** Runs the crowd; prints memory by the minute and what came of it. True when nothing was wrong and memory is flat. */
export async function runCrowd({ clients, minutes, json, workers, }) {
    const model = modelFolder();
    const server = await ServerProcess.start(model.dir, workers === undefined ? {} : { workers });
    const crowd = new Crowd(server.port);
    const rng = new Rng(1);
    const memory = [];
    try {
        const deeds = await deedsOf(crowd, rng);
        const quiet = server.memory('VmRSS');
        let open = true;
        const all = times(clients, async (client) => {
            while (open && server.ended === undefined)
                await deeds[rng.int(deeds.length)](client);
        });
        process.stdout.write(`quiet: ${quiet} MiB\n`);
        for (let minute = 1; minute <= minutes && server.ended === undefined; minute++) {
            for (let s = 0; s < 60 && server.ended === undefined; s++)
                await sleep(1000);
            memory.push(server.memory('VmRSS'));
            const done = Object.entries(crowd.counts).map(([what, n]) => `${what} ${n}`);
            process.stdout.write(`minute ${minute}: ${memory.at(-1)} MiB; ${done.join(', ')}; wrong ${crowd.wrong.length}\n`);
        }
        open = false;
        crowd.stop();
        await Promise.race([all, sleep(60_000)]);
        const failed = Object.keys(crowd.counts).filter((status) => Number(status) >= 500 && status !== '503');
        const flat = memory.at(-1) <= FLAT * memory[Math.min(1, memory.length - 1)];
        const good = crowd.wrong.length === 0 && failed.length === 0 && flat && server.ended === undefined;
        const result = {
            what: `${clients} clients for ${minutes} minutes: whole replies, streams, slow readers, some who leave, nonsense, embeddings, files`,
            commands: [`npm run bench -- hostile --clients ${clients} --minutes ${minutes} --json FILE`],
            date: new Date().toISOString().slice(0, 10),
            quiet,
            memory,
            counts: crowd.counts,
            wrong: crowd.wrong.slice(0, 20),
            ended: server.ended,
        };
        process.stdout.write(`${crowd.wrong.slice(0, 5).join('\n')}\n`);
        process.stdout.write(`${good ? 'ok' : 'FAILED'}: ${crowd.wrong.length} wrong, 5xx: ${failed.join(', ') || 'none'}, memory ${flat ? 'flat' : 'grew'}\n`);
        if (json !== undefined)
            writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
        return good;
    }
    finally {
        crowd.stop();
        await server.stop();
        model.remove();
    }
}
//# sourceMappingURL=crowd.js.map