// Expressions of scenes and the places that they name, as conversations.

import { conventionOf } from '../text/coordinates.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import type { Dialogue } from './questions.js';
import { pickReferring, type ReferringKind, unitBox, whereQuestion } from './referring.js';
import { type Scene, type SceneObject, sceneRng, type WorldOptions } from './scene.js';
import type { ReferringOptions } from './sources.js';
import { makeTwins } from './twins.js';
import type { Language } from './vocabulary.js';

/** How the reply to "Where is …?" is written. */
export function placeWriter(place: ReferringOptions['place'] = { name: 'shikra' }): (scene: Scene, target: number) => string {
  if ('mask' in place) return () => `It is ${place.mask}.`;
  const convention = conventionOf(place);
  return (scene, target) => convention.write(unitBox(scene, scene.objects[target] as SceneObject));
}

/** Expressions about one scene, none twice, and their places. */
export function located(scene: Scene, o: ReferringOptions, { language, rng }: { language: Language; rng: Rng }): Dialogue {
  const { place, by, turns = place && 'mask' in place ? 1 : 3 } = o;
  const write = placeWriter(place);
  const [asked, out, targets]: [string[], Dialogue['turns'], number[]] = [[], [], []];
  for (let i = 0; i < turns; i++) {
    const found = pickReferring(scene, { language, kinds: by, rng, not: asked });
    if (!found) break;
    asked.push(found.text);
    targets.push(found.target);
    out.push({ role: 'user', content: whereQuestion(found, language, rng) }, { role: 'assistant', content: write(scene, found.target) });
  }
  return { scene, turns: out, language, targets };
}

/** The scene of twins at `index`, or the next one behind it in which something can be said. */
export function twinScene(index: number, world: WorldOptions, by: readonly ReferringKind[] | undefined): Scene {
  for (let k = 0; k < 64; k++) {
    const scene = makeTwins(index + k * 1_000_003, world);
    if (scene.objects.length > 0 && (!by || pickReferring(scene, { language: 'en', kinds: by, rng: sceneRng(0, 'any', index) })))
      return scene;
  }
  throw new SensoriumError('world.option', 'no scene has an expression of these kinds', { place: 'by', got: by?.join(', ') ?? 'any' });
}
