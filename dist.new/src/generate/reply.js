// A whole reply from the pieces of a stream: its text, tokens, finish and, where JSON was asked for, its value.
/** Reads a stream to its end. */
export async function collectReply(pieces, options) {
    const reply = { text: '', tokens: [], finish: 'stop' };
    for await (const piece of pieces) {
        reply.text += piece.text;
        if (piece.token)
            reply.tokens.push(piece.token);
        if (piece.finish)
            reply.finish = piece.finish;
    }
    return withValue(reply, options);
}
/** Adds the value of a JSON reply. */
export function withValue(reply, { responseFormat }) {
    const isJson = responseFormat?.type === 'json_schema' || responseFormat?.type === 'json_object';
    if (!isJson || reply.finish !== 'stop')
        return reply;
    try {
        reply.value = JSON.parse(reply.text);
    }
    catch (error) {
        // Only a stop string can end a reply in the middle of its form, and who gave it wants the text.
        if (!(error instanceof SyntaxError))
            throw error;
    }
    return reply;
}
//# sourceMappingURL=reply.js.map