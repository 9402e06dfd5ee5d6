// A run's events as a person follows them: the status line for steps, lines that stay for everything else.

import { heldMeasure, type RunEvent } from '../train/events.js';
import { formatCount, formatDuration } from '../util/progress.js';
import type { Progress } from './terminal.js';

/** Events beside those of training that a recipe may send: something is measured, something is worth a line. */
export type ViewEvent =
  | RunEvent
  | { type: 'measure'; who: string; bench: string; done: number; total: number }
  | { type: 'note'; message: string };

/** Returns a listener that shows events on `progress`; unknown events are for others and are not shown. */
export function runView(progress: Progress): (event: ViewEvent) => void {
  let held = heldMeasure();
  return (event) => {
    switch (event.type) {
      case 'run':
        progress.line(
          `${event.recipe}: ${event.stages.join(', ')} (runtime ${event.runtime}${event.device ? ` on ${event.device}` : ''}${event.ranks === undefined ? '' : `, ${event.ranks} processes`})`,
        );
        break;
      case 'stage': {
        const { trained, frozen } = event.parameters;
        const frozenText = frozen > 0 ? `, ${formatCount(frozen)} frozen` : '';
        progress.line(
          `stage ${event.index + 1}/${event.of} ${event.stage}: ${event.steps} steps, ${formatCount(trained)} parameters trained${frozenText}`,
        );
        break;
      }
      case 'step':
        progress.update({
          label: event.stage,
          done: event.step,
          total: event.steps,
          loss: event.loss,
          tokensPerSecond: event.tokensPerSecond,
          gflops: event.gflops,
          eta: event.etaSeconds,
          note: Object.entries(event.metrics ?? {})
            .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
            .join(' '),
        });
        break;
      case 'stageDone': {
        const { seconds, loss, steps, unused, heldOut } = event.summary;
        progress.line(
          `  ${event.stage} done: ${steps} steps in ${formatDuration(seconds)}, loss ${loss.first.toFixed(3)} to ${loss.last.toFixed(3)}`,
        );
        if (heldOut) {
          const { first, last, best, weightsOf, stoppedEarly } = heldOut;
          const show = (loss: number): string => (held.sign * loss).toFixed(4);
          progress.line(`  held-out ${held.name} ${show(first)} to ${show(last)}, best ${show(best.loss)} after step ${best.step}`);
          if (stoppedEarly) progress.line(`  stopped early: the held-out ${held.name} got no better`);
          if (weightsOf !== steps) progress.line(`  the weights are those of step ${weightsOf}`);
        }
        if (unused)
          progress.line(
            `  not used as it stands: ${Object.entries(unused)
              .filter(([, n]) => n > 0)
              .map(([what, n]) => `${what} ${n}`)
              .join(', ')}`,
          );
        break;
      }
      case 'blind':
        if (event.strikes > 0)
          progress.line(
            `  ${event.stage}: step ${event.step}: swapping the images changes the loss by ${event.difference.toPrecision(2)} only (strike ${event.strikes})`,
          );
        break;
      case 'held-out':
        held = heldMeasure(event.metrics);
        progress.line(`  ${event.stage}: step ${event.step}: held-out ${held.name} ${(held.sign * event.loss).toFixed(4)}`);
        break;
      case 'resume':
        progress.line(`resuming ${event.stage} after step ${event.step} (${event.path})`);
        break;
      case 'interrupted':
        progress.line(`stopped in ${event.stage} after step ${event.step}; the checkpoint is kept`);
        break;
      case 'warning':
        progress.line(`warning: ${event.stage ? `${event.stage}: ` : ''}${event.message}`);
        break;
      case 'measure':
        progress.update({
          label: `measuring ${event.bench}${event.who === 'model' ? '' : ` (${event.who})`}`,
          done: event.done,
          total: event.total,
        });
        break;
      case 'note':
        progress.line(event.message);
        break;
    }
  };
}
