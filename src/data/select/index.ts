// Selection of rows by their quality.

export { type Clusters, kMeans } from './kmeans.js';
export * from './selector.js';
