// sensorium/media: images, sounds and videos in, images out, and their preprocessing.
export * from './media/index.js';
//# sourceMappingURL=media.js.map