// Boxes within an image.
/** A box within an image of a size; undefined where nothing of it is left. */
export function clipBox(box, [width, height]) {
    const x = (v) => Math.min(width, Math.max(0, v));
    const y = (v) => Math.min(height, Math.max(0, v));
    const clipped = [x(box[0]), y(box[1]), x(box[2]), y(box[3])];
    return clipped[2] - clipped[0] >= 1 && clipped[3] - clipped[1] >= 1 ? clipped : undefined;
}
//# sourceMappingURL=boxes.js.map