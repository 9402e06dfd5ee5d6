// Boxes written as text: [x0,y0,x1,y1] with coordinates in 0..1, as Shikra writes them.
const PATTERN = /\[\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*,\s*(\d*\.?\d+)\s*\]/g;
/** All well-formed boxes of a reply, in order. */
export function parseBoxes(text) {
    const boxes = [];
    for (const m of text.matchAll(PATTERN)) {
        const [x0, y0, x1, y1] = m.slice(1).map(Number);
        if (x0 <= x1 && y0 <= y1 && x1 <= 1 && y1 <= 1)
            boxes.push([x0, y0, x1, y1]);
    }
    return boxes;
}
//# sourceMappingURL=boxes.js.map