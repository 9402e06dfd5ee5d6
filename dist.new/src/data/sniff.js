// What a file is by its first bytes, so that one kind given for another is named and not just refused.
/** Bytes that `formatOf` looks at. */
export const HEAD = 4096;
const signatures = [
    ['parquet', 'PAR1'],
    ['zip', 'PK\x03\x04'],
    ['gzip', '\x1f\x8b'],
    ['zstd', '\x28\xb5\x2f\xfd'],
    ['bzip2', 'BZh'],
    ['xz', '\xfd7zXZ'],
    ['7z', '7z\xbc\xaf'],
    ['rar', 'Rar!'],
    ['arrow', 'ARROW1'],
    ['arrow', '\xff\xff\xff\xff'],
    ['hdf5', '\x89HDF'],
    ['sqlite', 'SQLite format 3'],
    ['png', '\x89PNG'],
    ['jpeg', '\xff\xd8\xff'],
    ['gif', 'GIF8'],
    ['bmp', 'BM'],
    ['tiff', 'II*\0'],
    ['tiff', 'MM\0*'],
    ['pdf', '%PDF'],
    ['numpy', '\x93NUMPY'],
    ['pickle', '\x80\x04\x95'],
    ['pickle', '\x80\x03'],
    ['git-lfs', 'version https://git-lfs'],
];
/** The name of a file's format by its first bytes; `text` for text that is none of them, `empty`, or `binary`. */
export function formatOf(head) {
    if (head.length === 0)
        return 'empty';
    const latin = Buffer.from(head).toString('latin1');
    for (const [name, start] of signatures)
        if (latin.startsWith(start))
            return name;
    if (latin.slice(257, 262) === 'ustar')
        return 'tar';
    if (latin.startsWith('RIFF'))
        return latin.slice(8, 12) === 'WEBP' ? 'webp' : 'riff';
    if (latin.slice(4, 8) === 'ftyp')
        return /avi[fs]|mif1/.test(latin.slice(8, 12)) ? 'avif' : 'mp4';
    const encoding = encodingOf(head);
    const text = encoding.startsWith('utf-16') ? new TextDecoder(encoding).decode(head) : latin.replace(/^\xef\xbb\xbf/, '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters tell binary files
    if (encoding === 'utf-32' || /[\x00-\x08\x0e-\x1a]/.test(text))
        return encoding === 'utf-32' ? 'utf-32' : 'binary';
    const start = text.trimStart();
    if (start === '')
        return 'blank';
    if (start.startsWith('[') || start.startsWith('{'))
        return 'json';
    if (/^<(?:!doctype|html|\?xml|[a-z])/i.test(start))
        return 'html';
    if (/^(?:---|- |\w+:\s)/.test(start))
        return 'yaml';
    const [first = '', second = ''] = start.split(/\r?\n/);
    for (const separator of ['\t', ',', ';'])
        if (first.includes(separator) && second.includes(separator))
            return separator === '\t' ? 'tsv' : 'csv';
    return 'text';
}
/** The encoding by byte-order mark, or by the zeros of ASCII in wide characters; `utf-8` otherwise. */
export function encodingOf(head) {
    const [a, b, c, d] = head;
    if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
        return 'utf-32';
    if (a === 0xff && b === 0xfe)
        return 'utf-16le';
    if (a === 0xfe && b === 0xff)
        return 'utf-16be';
    if (a && b === 0 && c && d === 0)
        return 'utf-16le';
    if (a === 0 && b && c === 0 && d)
        return 'utf-16be';
    return 'utf-8';
}
const words = {
    parquet: 'a parquet file',
    zip: 'a zip archive',
    gzip: 'a gzip file',
    zstd: 'a zstd file',
    tar: 'a tar archive',
    csv: 'comma-separated text (CSV)',
    tsv: 'tab-separated text (TSV)',
    json: 'JSON text',
    html: 'HTML or XML',
    yaml: 'YAML',
    empty: 'an empty file',
    blank: 'a file of blanks',
    binary: 'bytes of an unknown kind',
    text: 'text that is not JSON',
    arrow: 'an Arrow file',
    'git-lfs': 'a Git LFS pointer: the file itself was not downloaded',
};
/** The format in words. */
export const formatName = (format) => words[format] ?? `a file of the kind ${format}`;
/** What to do with a file of another format than JSON; undefined where there is nothing to say. */
export function formatHint(format) {
    if (format === 'parquet')
        return 'Read it with readParquet; the command line tells the two apart by itself';
    if (format === 'zip' || format === 'tar' || format === '7z' || format === 'rar')
        return 'Unpack it and give the folder, or the file of rows in it';
    if (format === 'arrow')
        return 'Write it as parquet in Python: datasets.Dataset.from_file(file).to_parquet("data.parquet")';
    if (format === 'gzip' || format === 'zstd' || format === 'bzip2' || format === 'xz')
        return 'Decompress it first';
    if (format === 'csv' || format === 'tsv')
        return 'Convert it: one JSON object with "image" and "conversations" for each row';
    if (format === 'git-lfs')
        return 'Fetch it with `git lfs pull`, or download it from the page of the data set';
    if (format === 'html')
        return 'This is often an error page saved in place of the file: download it again';
    if (format === 'utf-32')
        return 'Save it as UTF-8';
    return undefined;
}
/** True for a file name with the ending of an image. */
export const isImageName = (name) => /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(name);
//# sourceMappingURL=sniff.js.map