// MP3, FLAC, Vorbis and Opus to samples, piece by piece: decoders in WebAssembly, loaded when a file of their format is read.
import { mp3Frames } from './mp3.js';
import { readOgg } from './ogg.js';
import { checkSamples, damagedSound, unreadSound } from './sound-errors.js';
/** Bytes for a decoder at a time: what comes out of them is bounded even where a file repeats one sample a million times. */
const PIECE = 4096;
/** Pieces until other work may run: some ten milliseconds. */
const TURN = 16;
const MOST_CHANNELS = 8;
/** Collects decoded pieces, channels averaged into one. */
class Mono {
    format;
    bounds;
    parts = [];
    count = 0;
    sampleRate = 0;
    constructor(format, bounds) {
        this.format = format;
        this.bounds = bounds;
    }
    add({ channelData, samplesDecoded: n, sampleRate, errors }) {
        const { place } = this.bounds;
        if (errors[0])
            throw damagedSound(place, this.format, errors[0].message);
        if (n === 0)
            return;
        if (this.sampleRate !== 0 && sampleRate !== this.sampleRate)
            throw unreadSound(place, { expected: 'one sampling rate', got: `${this.sampleRate} Hz, then ${sampleRate} Hz` });
        this.sampleRate = sampleRate;
        this.count += n;
        checkSamples(this.count, this.bounds);
        const part = new Float32Array(n);
        for (const channel of channelData)
            for (let i = 0; i < n; i++)
                part[i] = part[i] + channel[i];
        if (channelData.length > 1)
            for (let i = 0; i < n; i++)
                part[i] = part[i] / channelData.length;
        this.parts.push(part);
    }
    /** Everything so far, cut at `length` samples. */
    sound(length = this.count) {
        if (this.count === 0)
            throw damagedSound(this.bounds.place, this.format, 'no samples');
        const samples = new Float32Array(Math.min(length, this.count));
        let at = 0;
        for (const part of this.parts) {
            samples.set(part.subarray(0, samples.length - at), at);
            at = Math.min(samples.length, at + part.length);
        }
        return { sampleRate: this.sampleRate, samples };
    }
}
/** Runs pieces through a decoder, which is freed in the end; what it throws becomes `media.damaged`. */
async function collect(pieces, { decoder, decode, format, bounds, }) {
    const mono = new Mono(format, bounds);
    await decoder.ready;
    try {
        let n = 0;
        for (const piece of pieces) {
            if (++n % TURN === 0)
                await new Promise(setImmediate);
            bounds.signal?.throwIfAborted();
            let decoded;
            try {
                decoded = await decode(piece);
            }
            catch (cause) {
                throw damagedSound(bounds.place, format, cause instanceof Error ? cause.message : String(cause), cause);
            }
            mono.add(decoded);
        }
        return mono;
    }
    finally {
        decoder.free();
    }
}
function* cut(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE)
        yield bytes.subarray(at, at + PIECE);
}
/** The same for decoders that give the last samples when they are told that nothing follows. */
function* toTheEnd(bytes) {
    yield* cut(bytes);
    yield undefined;
}
/** An MP3 file; the silence that encoders put at both ends is left out where the file says how long it is. */
export async function decodeMp3(bytes, bounds) {
    const { from, to, samples } = mp3Frames(bytes, bounds.place);
    checkSamples(samples, bounds);
    const { MPEGDecoder } = await import('mpg123-decoder');
    const decoder = new MPEGDecoder();
    const mono = await collect(cut(bytes.subarray(from, to)), { decoder, decode: (piece) => decoder.decode(piece), format: 'MP3', bounds });
    return mono.sound();
}
/** A FLAC file. */
export async function decodeFlac(bytes, bounds) {
    if (bytes.length < 42 || (bytes[4] & 127) !== 0)
        throw damagedSound(bounds.place, 'FLAC', 'no stream information');
    // The lowest 36 bits; zero where the length was not known when the file was begun.
    const view = new DataView(bytes.buffer, bytes.byteOffset + 21, 5);
    return flac(bytes, (view.getUint8(0) & 15) * 2 ** 32 + view.getUint32(1), bounds);
}
async function flac(bytes, total, bounds) {
    checkSamples(total, bounds);
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    const decoder = new FLACDecoder();
    const mono = await collect(toTheEnd(bytes), {
        decoder,
        decode: async (piece) => ofFullScale(await (piece ? decoder.decode(piece) : decoder.flush())),
        format: 'FLAC',
        bounds,
    });
    const sound = mono.sound();
    if (sound.samples.length < total)
        throw damagedSound(bounds.place, 'FLAC', `${sound.samples.length} of ${total} samples`);
    return sound;
}
/** The decoder divides by the largest sample; here, as in WAV files and in libsndfile, the smallest is -1. */
function ofFullScale(decoded) {
    const half = 2 ** ((decoded.bitDepth ?? 32) - 1);
    // Samples of more bits than a float32 holds differ by less than its rounding.
    if (half > 2 ** 23)
        return decoded;
    const channelData = decoded.channelData.map((channel) => channel.map((x) => Math.round(x * (half - 1)) / half));
    return { ...decoded, channelData };
}
const startsWith = (packet, text) => packet !== undefined && Buffer.from(packet.subarray(0, text.length)).toString('latin1') === text;
/** An Ogg file that holds Vorbis, Opus or FLAC. */
export async function decodeOgg(bytes, bounds) {
    const stream = readOgg(bytes, bounds.place);
    const [head] = stream.packets;
    if (startsWith(head, 'OpusHead') && head.length >= 19)
        return opus(stream, bounds);
    if (startsWith(head, '\x01vorbis') && head.length >= 30) {
        checkChannels(head[11], bounds);
        return vorbis(bytes, stream, bounds);
    }
    if (startsWith(head, '\x7fFLAC'))
        return flac(bytes, stream.end, bounds);
    throw unreadSound(bounds.place, {
        expected: 'Vorbis, Opus or FLAC in Ogg',
        got: JSON.stringify(Buffer.from(head.subarray(0, 8)).toString('latin1')),
    });
}
function checkChannels(channels, { place }) {
    if (channels < 1 || channels > MOST_CHANNELS)
        throw unreadSound(place, { expected: `1 to ${MOST_CHANNELS} channels`, got: `${channels} channels` });
}
async function vorbis(bytes, { packets, end }, bounds) {
    checkSamples(end, bounds);
    const head = packets[0];
    const sampleRate = new DataView(head.buffer, head.byteOffset).getUint32(12, true); // the decoder's own number is not kept up
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    const decoder = new OggVorbisDecoder();
    const decode = async (piece) => ({ ...(await (piece ? decoder.decode(piece) : decoder.flush())), sampleRate });
    const mono = await collect(toTheEnd(bytes), { decoder, decode, format: 'Vorbis', bounds });
    return mono.sound(end);
}
/** Opus in Ogg (RFC 7845), at 48 kHz as it is always decoded. */
async function opus({ packets, end }, bounds) {
    const head = packets[0];
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const [channels, preSkip, gain, family] = [view.getUint8(9), view.getUint16(10, true), view.getInt16(16, true), view.getUint8(18)];
    checkChannels(channels, bounds);
    if (family > 0 && head.length < 21 + channels)
        throw damagedSound(bounds.place, 'Opus', 'no table of channels');
    if (family > 1 || (family === 0 && channels > 2))
        throw unreadSound(bounds.place, { expected: 'Opus of channel family 0 or 1', got: `family ${family} of ${channels} channels` });
    const layout = family === 1 && {
        streamCount: view.getUint8(19),
        coupledStreamCount: view.getUint8(20),
        channelMappingTable: [...head.subarray(21, 21 + channels)],
    };
    const length = Math.max(0, end - preSkip);
    checkSamples(length, bounds);
    const { OpusDecoder } = await import('opus-decoder');
    const decoder = new OpusDecoder({ channels, preSkip, ...layout });
    const mono = await collect(packets.slice(2), { decoder, decode: (packet) => decoder.decodeFrame(packet), format: 'Opus', bounds });
    const sound = mono.sound(length);
    if (gain !== 0) {
        const factor = 10 ** (gain / 256 / 20);
        for (let i = 0; i < sound.samples.length; i++)
            sound.samples[i] = sound.samples[i] * factor;
    }
    return sound;
}
//# sourceMappingURL=sound-decoders.js.map