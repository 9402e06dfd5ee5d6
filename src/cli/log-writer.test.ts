// Log lines to streams that fail, throw or stall. The real process is under test/slow.

import { describe, expect, it } from 'vitest';
import { type LogStream, LogWriter } from './log-writer.js';

/** A stream that does with each write what it is told. */
function stream(write: (done: (error?: Error) => void) => void): { stream: LogStream; fail: (error: Error) => void; written: string[] } {
  const written: string[] = [];
  let listener = (_: Error): void => {};
  const fake = {
    writableLength: 0,
    on: (_: string, handler: (error: Error) => void) => {
      listener = handler;
      return fake;
    },
    write: (text: string, done: (error?: Error) => void) => {
      written.push(text);
      write(done);
      return true;
    },
  };
  return { stream: fake as unknown as LogStream, fail: (error) => listener(error), written };
}

describe('log lines', () => {
  it('are written, and counted where they cannot be', () => {
    let error: Error | undefined;
    const { stream: target, written } = stream((done) => done(error));
    const writer = new LogWriter(target);
    writer.write('a\n');
    error = Object.assign(new Error('full'), { code: 'ENOSPC' });
    writer.write('b\n');
    error = undefined;
    writer.write('c\n'); // there is room again
    expect([written, writer.lost]).toEqual([['a\n', 'b\n', 'c\n'], 1]);
  });

  it('survive a stream that throws or reports its end', () => {
    const { stream: target, fail } = stream(() => {
      throw Object.assign(new Error('gone'), { code: 'EPIPE' });
    });
    const writer = new LogWriter(target);
    writer.write('a\n');
    fail(new Error('gone'));
    expect(writer.lost).toBe(1);
  });

  it('do not pile up for a reader who takes nothing', () => {
    const { stream: target, written } = stream(() => {});
    const writer = new LogWriter(Object.assign(target, { writableLength: 2 ** 21 }));
    writer.write('a\n');
    expect([written, writer.lost]).toEqual([[], 1]);
  });
});
