// The live loss curve: points as they come and their running mean, on a canvas.

/** A curve by step. */
export class Curve {
  private points: { step: number; loss: number }[] = [];
  private steps = 1;

  constructor(private readonly canvas: HTMLCanvasElement) {}

  clear(steps: number): void {
    this.points = [];
    this.steps = steps;
    this.draw();
  }

  add(step: number, loss: number): void {
    this.points = [...this.points.filter((p) => p.step < step), { step, loss }];
    this.draw();
  }

  private draw(): void {
    const { canvas, points } = this;
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    const [left, top, right, bottom] = [56, 14, canvas.width - 16, canvas.height - 34];
    const most = Math.max(1, ...points.map(({ loss }) => loss)) * 1.05;
    const x = (step: number): number => left + ((right - left) * step) / this.steps;
    const y = (loss: number): number => bottom - ((bottom - top) * loss) / most;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = '16px ui-sans-serif, sans-serif';
    context.fillStyle = '#a79d89';
    context.strokeStyle = '#e4dccb';
    context.lineWidth = 1;
    for (let i = 0; i <= 4; i++) {
      const value = (most * i) / 4;
      context.beginPath();
      context.moveTo(left, y(value));
      context.lineTo(right, y(value));
      context.stroke();
      context.textAlign = 'right';
      context.fillText(value.toFixed(1), left - 8, y(value) + 5);
    }
    context.textAlign = 'center';
    for (let i = 0; i <= 4; i++) context.fillText(String(Math.round((this.steps * i) / 4)), x((this.steps * i) / 4), bottom + 24);
    context.fillStyle = '#c8553d66';
    for (const { step, loss } of points) {
      context.beginPath();
      context.arc(x(step), y(loss), 4, 0, 2 * Math.PI);
      context.fill();
    }
    context.strokeStyle = '#c8553d';
    context.lineWidth = 3;
    context.lineJoin = 'round';
    context.beginPath();
    let mean = points[0]?.loss ?? 0;
    for (const [i, { step, loss }] of points.entries()) {
      mean += 0.25 * (loss - mean);
      if (i === 0) context.moveTo(x(step), y(mean));
      else context.lineTo(x(step), y(mean));
    }
    context.stroke();
  }
}
