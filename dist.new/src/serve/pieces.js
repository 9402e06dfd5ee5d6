// A body in memory, sent piece by piece as its reader takes it: nothing is copied, and a reader that takes nothing is noticed.
/** Bytes of a piece: a slow but honest reader takes one within the interval in which progress is measured. */
export const PIECE = 16 * 1024;
/** A stream over bytes that stay where they are; many streams may share them. */
export function piecesOf(bytes, { onTaken, onEnd }) {
    let at = 0;
    let ended = false;
    const end = (left) => {
        if (!ended)
            onEnd(left);
        ended = true;
    };
    return new ReadableStream({
        pull(controller) {
            onTaken(at === 0 ? 0 : PIECE);
            if (at >= bytes.length) {
                controller.close();
                end(false);
                return;
            }
            controller.enqueue(bytes.subarray(at, at + PIECE));
            at += PIECE;
        },
        cancel: () => end(true),
    }, { highWaterMark: 0 });
}
/** Writes all bytes of an answer to its connection and ends it; `onTaken` is told what the connection has taken. */
export function endInPieces(outgoing, bytes, onTaken) {
    let at = 0;
    const next = () => {
        while (!outgoing.destroyed) {
            const piece = bytes.subarray(at, at + PIECE);
            at += piece.length;
            if (at === bytes.length) {
                outgoing.end(piece);
                return;
            }
            if (!outgoing.write(piece, () => onTaken(piece.length))) {
                outgoing.once('drain', next);
                return;
            }
        }
    };
    next();
}
//# sourceMappingURL=pieces.js.map