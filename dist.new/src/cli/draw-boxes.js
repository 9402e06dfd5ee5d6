// A picture with boxes and their labels drawn over it.
import sharp from 'sharp';
const COLORS = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#008080', '#9a6324', '#800000'];
const escaped = (text) => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
/** The boxes over an image as an SVG drawing of its size; each label has a color of its own. */
export function boxesSvg({ width, height }, boxes) {
    const size = Math.max(10, Math.round(Math.max(width, height) / 50));
    const line = Math.max(1, Math.round(size / 6));
    const names = [...new Set(boxes.map(({ label }) => label.replace(/ [\d.]+$/, '')))];
    const shapes = boxes.map(({ label, box: [x1, y1, x2, y2] }) => {
        const color = COLORS[names.indexOf(label.replace(/ [\d.]+$/, '')) % COLORS.length];
        const top = y1 > size * 1.3 ? y1 - size * 1.3 : y1;
        return (`<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="${color}" stroke-width="${line}"/>` +
            `<rect x="${x1}" y="${top}" width="${label.length * size * 0.6 + 4}" height="${size * 1.3}" fill="${color}"/>` +
            `<text x="${x1 + 2}" y="${top + size}" font-family="sans-serif" font-size="${size}" fill="#fff">${escaped(label)}</text>`);
    });
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}
/** A PNG file's bytes. */
export async function drawBoxes(image, boxes) {
    const { width, height, data } = image;
    return sharp(data, { raw: { width, height, channels: 3 } })
        .composite([{ input: Buffer.from(boxesSvg(image, boxes)) }])
        .png()
        .toBuffer();
}
//# sourceMappingURL=draw-boxes.js.map