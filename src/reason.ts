// sensorium/reason: in-context learning by demonstrations, and reasoning in steps.

export * from './reason/index.js';
