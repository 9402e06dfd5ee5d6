// Options as the shell gives them: learning rates of parts.

import { expect, it } from 'vitest';
import { ratesOption } from './flags.js';

it('reads learning rates, of parts too', () => {
  expect(ratesOption('1e-4')).toEqual({ lr: 1e-4 });
  expect(ratesOption('vision=2e-6, layers.20-=1e-5')).toEqual({ learningRates: { vision: 2e-6, 'layers.20-': 1e-5 } });
  expect(ratesOption('1e-4,vision=0')).toEqual({ lr: 1e-4, learningRates: { vision: 0 } });
  for (const wrong of ['', 'fast', '1e-4,2e-4', 'vision=1,vision=2', '=1', 'vision=', 'vision=-1'])
    expect(() => ratesOption(wrong), wrong).toThrow(expect.objectContaining({ code: 'cli.usage' }));
});
