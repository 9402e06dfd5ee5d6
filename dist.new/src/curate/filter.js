// The interface of a filter: what it needs to know of a row, its thresholds, and its verdict. One file each in `filters/`.
/** What filters look at, cheapest first: a caption, the header of an image, its pixels, labels of a detector, both in one space of a CLIP. */
export const NEEDS = ['text', 'header', 'pixels', 'labels', 'clip', 'order'];
/** The numbers of settings, by name. */
export const numberOf = (settings, key) => settings[key];
//# sourceMappingURL=filter.js.map