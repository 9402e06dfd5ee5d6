// Selection of rows by their quality.
export { kMeans } from './kmeans.js';
export * from './selector.js';
//# sourceMappingURL=index.js.map