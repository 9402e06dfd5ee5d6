// A sample as plain text, one line per token, to see what a model is trained on.
/** Lists index, id, loss mark (`*`), image run and piece; the tokens of an image after its first two are summed up in one line. No escape codes. */
export function inspectSample(sample, tokenizer) {
    const { ids, mask, imageRuns } = sample;
    const lines = [`${ids.length} tokens, ${sample.lossTokens} in the loss (*), ${imageRuns.length} images`, ' index      id  loss  piece'];
    const line = (i, note = '') => {
        const id = ids[i];
        return `${String(i).padStart(6)}${String(id).padStart(8)}  ${mask[i] === 1 ? '  * ' : '    '}  ${piece(tokenizer, id)}${note}`;
    };
    let run = 0;
    for (let i = 0; i < ids.length; i++) {
        const current = imageRuns[run];
        if (current === undefined || i < current[0]) {
            lines.push(line(i));
            const end = sample.ends?.find(([at]) => at === i);
            if (end)
                lines.push(`${' '.repeat(16)}  *   ${piece(tokenizer, end[1])}  is the target after this, then the conversation goes on`);
            continue;
        }
        const [start, length] = current;
        lines.push(line(i, `  image ${run + 1}, token ${i - start + 1} of ${length}`));
        if (length > 3 && i === start + 1) {
            lines.push(`${'…'.padStart(6)}${' '.repeat(16)}${length - 3} more of image ${run + 1}`);
            i = start + length - 2;
        }
        if (i === start + length - 1)
            run++;
    }
    return `${lines.join('\n')}\n`;
}
/** A token in readable form: JSON for whole text, hexadecimal bytes for parts of characters. */
function piece(tokenizer, id) {
    if (!tokenizer.byteLevel || tokenizer.isSpecial(id))
        return tokenizer.token(id) ?? '(no such token)';
    const bytes = tokenizer.tokenBytes(id);
    try {
        // JSON leaves U+007F to U+009F as they are; a terminal may act on them.
        return JSON.stringify(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
    }
    catch {
        return `bytes ${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ')}`;
    }
}
//# sourceMappingURL=inspect.js.map