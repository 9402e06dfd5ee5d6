// The bytes of a JSON file as UTF-8, piece by piece; a file of another kind is named.
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { encodingOf, formatHint, formatName, formatOf, HEAD } from './sniff.js';
/** True for an array whose last character is not its closing bracket. */
export async function unclosed(handle) {
    const { size } = await handle.stat();
    const read = async (position) => {
        const buffer = Buffer.alloc(Math.min(HEAD, size));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        return buffer.subarray(0, bytesRead);
    };
    const start = await read(0);
    if (encodingOf(start) !== 'utf-8' ||
        !start
            .toString('utf8')
            .replace(/^\uFEFF/, '')
            .trimStart()
            .startsWith('['))
        return false;
    const end = (await read(Math.max(0, size - HEAD))).toString('latin1').trimEnd();
    return end !== '' && !end.endsWith(']');
}
/** The file in UTF-8, piece by piece, without its byte-order mark. */
export async function* chunks(handle, start, file, options) {
    const { signal, chunkBytes = 2 ** 20 } = options;
    const format = formatOf(start);
    if (format !== 'json' && format !== 'blank')
        throw new SensoriumError('data.read', 'this is not a JSON data set', {
            place: file,
            expected: 'an array of samples in JSON, or JSON lines',
            got: formatName(format),
            hint: formatHint(format),
        });
    const encoding = encodingOf(start);
    const decoder = encoding === 'utf-8' ? undefined : new TextDecoder(encoding);
    if (decoder && (await handle.stat()).size % 2 === 1)
        throw new SensoriumError('data.read', 'the file ends within a character', {
            place: file,
            expected: `${encoding}: an even number of bytes`,
            got: 'an odd number',
            hint: 'The file is cut off: copy or download it again',
        });
    const mark = !decoder && start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
    let base = 0;
    for (let position = mark;;) {
        throwIfAborted(signal);
        const buffer = Buffer.allocUnsafe(chunkBytes);
        const { bytesRead: n } = await handle.read(buffer, 0, chunkBytes, position);
        if (n === 0)
            break;
        const bytes = buffer.subarray(0, n);
        if (decoder) {
            const text = Buffer.from(decoder.decode(bytes, { stream: true }));
            yield { bytes: text, base };
            base += text.length;
        }
        else
            yield { bytes, base: position };
        position += n;
    }
    if (decoder)
        yield { bytes: Buffer.from(decoder.decode()), base };
}
//# sourceMappingURL=json-file.js.map