// Progress on and off a terminal, and the two steps of Ctrl-C.

import { describe, expect, it } from 'vitest';
import { withInterrupt } from './interrupt.js';
import { runView } from './run-view.js';
import { bar, createProgress, type Progress } from './terminal.js';

function recorder(isTTY: boolean, columns = 100) {
  let text = '';
  let time = 0;
  const stream = {
    isTTY,
    columns,
    write(part: string) {
      text += part;
    },
  };
  const progress: Progress = createProgress({ stream, now: () => time });
  const at = (ms: number): void => {
    time = ms;
  };
  return { progress, text: () => text, at };
}

describe('progress', () => {
  it('is a plain line every few seconds without a terminal', () => {
    const { progress, text, at } = recorder(false);
    for (let step = 1; step <= 100; step++) {
      at(step * 100);
      progress.update({ label: 'pretrain', done: step, total: 100, loss: 2 });
    }
    progress.end();
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(3); // the first, one after five seconds, the last
    expect(lines[1]).toMatch(/^pretrain: 51\/100 · loss 2\.000 · ETA 4\.9 s$/);
    expect(lines[2]).toBe('pretrain: 100/100 · loss 2.000');
    expect(text()).not.toContain('\x1b');
  });

  it('redraws one line on a terminal, keeps other lines above, and cleans up', () => {
    const { progress, text, at } = recorder(true);
    progress.update({ label: 'x', done: 1, total: 4 });
    at(10);
    progress.update({ label: 'x', done: 2, total: 4 }); // too soon to be drawn
    at(500);
    progress.line('stays');
    progress.update({ label: 'x', done: 3, total: 4, tokensPerSecond: 1234, gflops: 151.6 });
    progress.end();
    expect(text()).not.toContain('2/4');
    expect(text()).toContain('\r\x1b[Kstays\n');
    expect(text()).toContain('1.23k tok/s · 152 GFLOP/s');
    expect(text().endsWith('\r\x1b[K')).toBe(true);
  });

  it('never fills more than the width', () => {
    const { progress, text } = recorder(true, 30);
    progress.update({ label: '一个很长很长很长很长很长很长很长的名字', done: 1, total: 2, note: 'and a long note' });
    expect(text().replace('\r\x1b[K', '').length).toBeLessThan(22);
    expect(text()).toContain('…');
  });

  it('reckons the pace of a resumed run from where it resumed', () => {
    const { progress, text, at } = recorder(false);
    progress.update({ label: 'x', done: 900, total: 1000 });
    at(10_000);
    progress.update({ label: 'x', done: 910, total: 1000 });
    expect(text()).toContain('910/1000 · ETA 1 min 30 s');
  });

  it('draws bars', () => {
    expect(bar(0, 4)).toBe('░░░░');
    expect(bar(1, 4)).toBe('████');
    expect(bar(0.5, 4)).toBe('██░░');
    expect(bar(1 / 32, 4)).toBe('▏░░░');
    expect([...bar(7, 4)]).toHaveLength(4);
  });

  it('tells the events of a run', () => {
    const { progress, text } = recorder(false);
    const show = runView(progress);
    show({ type: 'stage', stage: 'align', index: 0, of: 2, steps: 10, parameters: { trained: 1500, frozen: 2_000_000 } });
    show({ type: 'warning', code: 'train.metric', message: 'careful' });
    show({ type: 'measure', who: 'blind', bench: 'pope', done: 1, total: 2 });
    expect(text()).toBe(
      'stage 1/2 align: 10 steps, 1.50k parameters trained, 2.00M frozen\nwarning: careful\nmeasuring pope (blind): 1/2\n',
    );
  });
});

describe('withInterrupt', () => {
  it('aborts at the first signal, ignores its echo, ends at the second, and lets go', async () => {
    const before = process.listenerCount('SIGINT');
    const codes: number[] = [];
    let stops = 0;
    let time = 0;
    const work = withInterrupt(
      async (signal) => {
        process.emit('SIGINT', 'SIGINT');
        expect(signal.aborted).toBe(true);
        process.emit('SIGINT', 'SIGINT'); // the same key, passed on by npm
        expect(codes).toEqual([]);
        time += 700;
        process.emit('SIGINT', 'SIGINT');
        signal.throwIfAborted();
      },
      { onStop: () => void stops++, exit: (code) => void codes.push(code), now: () => time },
    );
    await expect(work).rejects.toMatchObject({ name: 'AbortError' });
    expect(codes).toEqual([130]);
    expect(stops).toBe(1);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
