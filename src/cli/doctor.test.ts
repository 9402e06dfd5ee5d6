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
    expect(formatReport({ ...report, agreement: { ok: false, error: 'no library' } })).toMatch(/not compared: no library/);
  });
});
