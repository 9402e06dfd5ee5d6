// Scenes of the world to detect in: boxes from the scene itself, pixels from clear to poor.

import { Rng } from '../util/rng.js';
import { makeScene, renderScene, type Scene, type Sprites, sceneWidth, type WorldOptions } from '../world/index.js';
import type { DetectionSample } from './objectives/detection.js';

/** A scene as a sample: classes are the world's categories. */
export function detectionSample(scene: Scene, sprites: Sprites): DetectionSample {
  return {
    image: { width: sceneWidth(scene), height: scene.size, data: renderScene(scene, sprites) },
    objects: scene.objects.map(({ category, box }) => ({ class: category, box })),
  };
}

/** Random access to training scenes whose evidence is drawn between `least` and 1. */
export function detectionScenes(sprites: Sprites, options: WorldOptions & { least?: number } = {}): (index: number) => DetectionSample {
  const { least = 0.3, ...world } = options;
  const root = new Rng(world.seed ?? 0).fork('detection');
  return (index) => {
    const evidence = 1 - (1 - least) * root.fork(index).float();
    return detectionSample(makeScene(index, { ...world, evidence }), sprites);
  };
}
