// `hostile --honest`: many photographs at once beside streams, against the same preprocessing alone on the core that the streams leave.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { imageProcessor, openImage, processOff } from '../../src/media/index.js';
import { disposeJobs, poolSize } from '../../src/util/jobs.js';
import { packageRoot } from '../../src/util/package.js';
import { CHAT, chatBody, dataUrl, pictured, sleep, targetOf, times } from './attack.js';
import { modelFolder, NAMES, ServerProcess } from './server.js';
import { Honest } from './table.js';
import { BARS } from './verdict.js';
const [WIDTH, HEIGHT] = [4000, 3000];
/** Of the preprocessing alone. */
const SHARE = 0.9;
/** Different photographs of 12 megapixels, of several megabytes each: noise over gradients at quality 90. */
export async function photographs(count) {
    const row = WIDTH * 3;
    const pixels = Buffer.alloc((HEIGHT + count) * row);
    for (let i = 0, x = 1; i < pixels.length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        pixels[i] = 40 + (i % row) / 80 + Math.floor(i / row) / 80 + ((x >>> 24) % 24);
    }
    const out = [];
    for (let i = 0; i < count; i++) {
        const part = pixels.subarray(i * row, (i + HEIGHT) * row);
        out.push(await sharp(part, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
            .jpeg({ quality: 90 })
            .toBuffer());
    }
    return out;
}
/** Photographs a second, each decoded, hashed and processed as the server does it. */
async function alone(photos) {
    const place = join(packageRoot(), 'models', 'sensorium-tiny', 'preprocessor_config.json');
    const processor = imageProcessor(JSON.parse(readFileSync(place, 'utf8')), place);
    const prepare = async (photo) => {
        await processOff(processor, 'process', [await openImage(photo)]);
    };
    await prepare(photos[0]); // starts the thread
    const from = performance.now();
    const left = [...photos];
    await times(Math.min(4, poolSize() + 1), async () => {
        for (let photo = left.pop(); photo; photo = left.pop())
            await prepare(photo);
    });
    return (photos.length / (performance.now() - from)) * 1000;
}
/** Photographs a second, each in a request of its own, all sent at once; a busy server is asked again, as clients do. */
async function served(target, photos) {
    const bodies = photos.map((photo) => chatBody(target, pictured([dataUrl(photo, 'image/jpeg')]), { max_tokens: 1 }));
    let retries = 0;
    const from = performance.now();
    await Promise.all(bodies.map(async (body) => {
        for (;;) {
            const status = await target.send('POST', CHAT, { body, headers: { 'content-type': 'application/json' } });
            if (status === 200)
                return;
            if (status !== 429 && status !== 503)
                throw new Error(`an honest request is answered with ${status}`);
            retries++;
            await sleep(1000);
        }
    }));
    return { rate: (photos.length / (performance.now() - from)) * 1000, retries };
}
/** Measures, prints, and writes the result. True when both bars hold. */
export async function runHonest({ photos: count, json, workers }) {
    process.stdout.write(`making ${count} photographs of ${WIDTH} x ${HEIGHT} …\n`);
    const photos = await photographs(count);
    const model = modelFolder();
    const server = await ServerProcess.start(model.dir, workers === undefined ? {} : { workers });
    const honest = new Honest(server.port);
    try {
        await sleep(4000);
        const quiet = server.memory('VmRSS');
        const target = targetOf(server.port, NAMES);
        const preprocessing = await alone(photos);
        await disposeJobs(); // their thread would take the core of the server's
        await Promise.all([server.ticks(), honest.report()]);
        server.resetPeak();
        const { rate, retries } = await served(target, photos);
        await sleep(500);
        const [ticks, felt] = await Promise.all([server.ticks(), honest.report()]);
        const result = {
            what: `${count} requests with a photograph of 12 megapixels each, beside eight streams`,
            commands: ['npm run bench -- hostile --honest --json FILE'],
            date: new Date().toISOString().slice(0, 10),
            megabytes: Number((photos.reduce((sum, photo) => sum + photo.length, 0) / photos.length / 1e6).toFixed(1)),
            /** Photographs a second. */
            alone: preprocessing,
            served: rate,
            share: rate / preprocessing,
            retries,
            pause: felt.pause,
            block: ticks?.block,
            waited: ticks?.waited,
            health: felt.health,
            failed: felt.failed,
            quiet,
            rss: server.memory('VmHWM'),
        };
        const good = result.share >= SHARE && felt.pause <= BARS.pause && felt.failed === 0;
        process.stdout.write(`${JSON.stringify(result, (_, v) => (typeof v === 'number' ? Number(v.toFixed(2)) : v), 2)}\n`);
        process.stdout.write(`${good ? 'ok' : 'FAILED'}: longest pause ${Math.round(felt.pause)} of ${BARS.pause} ms, share ${result.share.toFixed(2)} of at least ${SHARE}\n`);
        if (json !== undefined)
            writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
        return good;
    }
    finally {
        await honest.stop();
        await server.stop();
        model.remove();
    }
}
//# sourceMappingURL=honest.js.map