// sensorium/media: images in and out, and their preprocessing.

export * from './media/index.js';
