// Generators of images, and the heads by which a language model leads them.

export * from './generator.js';
export { LatentHead, latents } from './latents.js';
export { imagePatches, type PixArtConfig, PixArtTransformer, patchesImage } from './pixart.js';
export { type SignalOptions, SignalProjector, signals, signalTokens } from './signals.js';
export * from './texts.js';
export { VqVae, type VqVaeConfig, type VqVaeLoss, vqVaeConfig } from './vq-vae.js';
