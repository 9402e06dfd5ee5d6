// Long contexts: films under a budget of tokens, pages that are looked up, and needles that measure both.

export * from './document.js';
export * from './film.js';
export * from './memory.js';
export * from './needle.js';
export * from './page-needle.js';
export * from './pages.js';
