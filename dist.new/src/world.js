// sensorium/world: the scene world.
export * from './world/index.js';
//# sourceMappingURL=world.js.map