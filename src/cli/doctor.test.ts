// The report holds real measurements, and says so loudly when the runtimes disagree.

import { describe, expect, it } from 'vitest';
import { examine, formatReport } from './doctor.js';

describe('doctor', () => {
  it('examines this machine', async () => {
    const report = await examine();
    expect(report.agreement).toMatchObject({ ok: true });
    expect(report.matMul.gflops).toBeGreaterThan(0);
    expect(report.readGBs).toBeGreaterThan(0);
    expect(report.programs.map((p) => p.name)).toContain('python3');
    const text = formatReport(report);
    expect(text).toContain(`${report.runtime.name}: `);
    expect(text).toMatch(/native and node +agree, largest difference/);
    expect(formatReport({ ...report, agreement: { ok: false, maxDifference: 0.5 } })).toMatch(/DISAGREE, largest difference 5\.0e-1/);
    const kernels = [
      { kernel: 'conv', difference: 1e-7, ok: true, ops: ['conv'] },
      { kernel: 'rotary', difference: 0.25, ok: false, ops: ['rotary'] },
      { kernel: 'topK', difference: Number.POSITIVE_INFINITY, ok: false, error: 'no shader', ops: ['topK'] },
    ];
    const device = { name: 'webgpu', kernels, gflops: 1234, ok: false, record: 'kernels/1.json' };
    expect(formatReport({ ...report, device })).toMatch(
      /device +webgpu, 1234 GFLOP\/s.*WRONG: rotary \(off by 2\.5e-1\), topK \(no shader\)\. From now on rotary, topK run on the CPU here \(kernels\/1\.json\)/,
    );
    expect(formatReport({ ...report, device: { name: 'webgpu', ok: true, error: 'no adapter' } })).toMatch(/webgpu not used: no adapter/);
    expect(formatReport({ ...report, agreement: { ok: false, error: 'no library' } })).toMatch(/not compared: no library/);
  });
});
