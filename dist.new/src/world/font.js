// A 5 x 7 pixel font of capital letters, drawn for this project; seven rows of five bits per glyph, most significant bit left.
const rows = {
    A: 'ehhvhhh',
    B: 'uhhuhhu',
    C: 'ehggghe',
    D: 'uhhhhhu',
    E: 'vgguggv',
    F: 'vgguggg',
    G: 'ehgnhhf',
    H: 'hhhvhhh',
    I: 'e44444e',
    J: '72222ic',
    K: 'hikokih',
    L: 'ggggggv',
    M: 'hrllhhh',
    N: 'hhpljhh',
    O: 'ehhhhhe',
    P: 'uhhuggg',
    Q: 'ehhhlid',
    R: 'uhhukih',
    S: 'fgge11u',
    T: 'v444444',
    U: 'hhhhhhe',
    V: 'hhhhha4',
    W: 'hhhllla',
    X: 'hha4ahh',
    Y: 'hha4444',
    Z: 'v1248gv',
};
/** Glyph rows (top to bottom) as numbers 0..31; an unknown letter is a full block. */
export function glyph(letter) {
    return cache[letter] ?? [31, 31, 31, 31, 31, 31, 31];
}
// Rows are written in base 32 (0-9, a-v), in which one digit is exactly five dots.
const cache = Object.fromEntries(Object.entries(rows).map(([letter, text]) => [letter, [...text.toLowerCase()].map((d) => Number.parseInt(d, 32))]));
//# sourceMappingURL=font.js.map