// Images that are drawn when their pixels are read.

import { expect, it, vi } from 'vitest';
import { DrawnImage } from './drawn-image.js';
import { isRgbImage } from './image.js';
import { mediaKey } from './media-key.js';

it('is an image with a name before anything is drawn, and drawn once by readers in one turn', () => {
  const draw = vi.fn(() => new Uint8Array(2 * 3 * 3).fill(7));
  const image = new DrawnImage(2, 3, 'seven', draw);
  expect(isRgbImage(image)).toBe(true);
  expect(mediaKey(image)).toBe('seven');
  expect(draw).not.toHaveBeenCalled();
  expect(image.data).toBe(image.data);
  expect([...image.data]).toEqual(new Array(18).fill(7));
  expect(draw).toHaveBeenCalledTimes(1);
});
