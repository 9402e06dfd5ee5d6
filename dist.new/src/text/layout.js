// How a model's ids differ from what its chat template writes: tokens around the text, rules about images, and what ends a reply.
/** For models whose templates write all their special tokens. */
export const NO_FRAME = { before: [], after: [] };
/** The tokens of a layout's end ids; undefined where it has none. */
export function endTokensOf(tokenizer, { endIds = [] } = {}) {
    const tokens = endIds.map((id) => tokenizer.token(id)).filter((token) => token !== undefined);
    return tokens.length > 0 ? tokens : undefined;
}
/** The special tokens that the tokenizer's post-processor puts around a text: LLaMA's <s> before, T5's </s> after, CLIP's two. */
export function textFrame(tokenizer) {
    const json = tokenizer.json;
    const top = json.post_processor;
    const all = top?.type === 'Sequence' ? (top.processors ?? []) : top ? [top] : [];
    const pair = all.find((p) => p.type === 'RobertaProcessing' || p.type === 'BertProcessing');
    if (pair?.cls && pair.sep)
        return { before: [pair.cls[1]], after: [pair.sep[1]] };
    const frame = all.find((p) => p.type === 'TemplateProcessing');
    const items = frame?.single ?? [];
    const text = items.findIndex((item) => item.Sequence);
    const ids = (some) => some.flatMap((item) => (item.SpecialToken ? (frame?.special_tokens?.[item.SpecialToken.id]?.ids ?? []) : []));
    return { before: ids(items.slice(0, Math.max(text, 0))), after: ids(items.slice(text + 1)) };
}
/** Ids of a plain text in its frame; `special`: special tokens in the text are read as such, and a beginning that it has is not put twice. */
export function framedIds(tokenizer, text, { special = false } = {}) {
    return frameText(tokenizer, tokenizer.encode(text, { special }), { special });
}
/** Ids of a plain text put into its frame, as `framedIds` does. */
export function frameText(tokenizer, ids, { special = false } = {}) {
    const { before, after } = textFrame(tokenizer);
    const begun = special && before.length > 0 && before.every((id, i) => ids[i] === id);
    return Int32Array.from([...(begun ? [] : before), ...Array.from(ids), ...after]);
}
/** Replaces text from `start` to `end`, which must lie in ordinary text. Undefined where it does not. */
export function replaceText(rendered, [start, end], by) {
    let at = 0;
    let found = false;
    const pieces = rendered.pieces.map((piece) => {
        const [from, to] = [start - at, end - at];
        at += piece.text.length;
        if (found || piece.special || from < 0 || to > piece.text.length)
            return piece;
        found = true;
        return { text: piece.text.slice(0, from) + by + piece.text.slice(to), special: false };
    });
    if (!found)
        return undefined;
    const grown = by.length - (end - start);
    const moved = (place) => (place >= end ? place + grown : Math.min(place, start + by.length));
    return {
        ...rendered,
        text: rendered.text.slice(0, start) + by + rendered.text.slice(end),
        pieces: pieces.filter(({ text }) => text !== ''),
        spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]),
    };
}
/** What was rendered up to `end`. */
export function cutText(rendered, end) {
    let at = 0;
    const pieces = [];
    for (const piece of rendered.pieces) {
        if (at >= end)
            break;
        pieces.push(at + piece.text.length <= end ? piece : { ...piece, text: piece.text.slice(0, end - at) });
        at += piece.text.length;
    }
    return { ...rendered, text: rendered.text.slice(0, end), pieces, spans: rendered.spans.filter(([, b]) => b <= end) };
}
//# sourceMappingURL=layout.js.map