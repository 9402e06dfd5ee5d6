// Frames of MP4, QuickTime, Matroska, WebM and AVI files: ffmpeg lists the packets, then decodes and hands over the frames that are wanted.

import { damagedFile, type FfmpegRun, runFfmpeg } from './ffmpeg.js';
import type { RgbImage } from './image.js';
import type { VideoFrames } from './video.js';
import { framesWithin, timesOf, type VideoBounds, type VideoMeasures } from './video-limits.js';

/** Bytes of one line that ffmpeg writes about a packet, and more. */
const LINE = 200;

/** A container that ffmpeg reads. */
export type VideoFile = Pick<FfmpegRun, 'file' | 'format' | 'place'>;

/** Takes frames out of a container with ffmpeg. Errors: `media.limit`, `media.damaged`, `media.program` without ffmpeg. */
export async function fileFrames(file: VideoFile, bounds: VideoBounds): Promise<VideoFrames> {
  const run = { ...file, kind: 'video', maxTime: bounds.maxTime, signal: bounds.signal } as const;
  const found = await measure(run, bounds);
  const { total, seconds, width, height } = found;
  const taken = framesWithin(found, { ...bounds, place: file.place });
  const { count, chosen } = taken;
  // True for the frames of sampleIndices; a list of them may be too long for ffmpeg.
  const wanted = chosen?.map((index) => `eq(n,${index})`).join('+') ?? `lt(ceil(n*${count}/${total})*${total},(n+1)*${count})`;
  const select = `select='${wanted}'`;
  // Frames a thousand seconds apart are neither doubled nor dropped, whatever the version.
  const output = [
    '-map',
    '0:V:0',
    '-vf',
    `${select},settb=1000,setpts=N`,
    '-r',
    '1/1000',
    '-pix_fmt',
    'rgb24',
    '-c:v',
    'ppm',
    '-f',
    'image2pipe',
  ];
  const result = await runFfmpeg({ ...run, output, maxOutput: count * (width * height * 3 + 64) });
  const frames = readPpm(result.output);
  if (frames.length < count) throw damagedFile(run, result.complaints || `${frames.length} of ${count} frames`);
  return { frames, fps: count / seconds, ...timesOf(taken, found) };
}

/** Frames and length of a video, from its packets: nothing is decoded. */
async function measure(run: Omit<FfmpegRun, 'output' | 'maxOutput'>, { maxSeconds }: VideoBounds): Promise<VideoMeasures> {
  // At most a thousand packets a second are looked at.
  const maxOutput = Math.min(2 ** 28, (maxSeconds * 1000 + 100) * LINE);
  const { output, complaints } = await runFfmpeg({ ...run, output: ['-map', '0:V:0', '-c', 'copy', '-f', 'framecrc'], maxOutput });
  if (complaints !== '') throw damagedFile(run, complaints); // such as a file that ends early
  const text = output.toString('latin1');
  const [, up, down] = (/^#tb 0: (\d+)\/(\d+)$/m.exec(text) ?? []).map(Number);
  const [, width, height] = (/^#dimensions 0: (\d+)x(\d+)$/m.exec(text) ?? []).map(Number);
  let [total, first, last, end] = [0, Infinity, -Infinity, 0];
  for (const [, pts, duration] of text.matchAll(/^0, *-?\d+, *(-?\d+), *(\d+),/gm)) {
    total++;
    first = Math.min(first, Number(pts));
    if (Number(pts) <= last) continue;
    last = Number(pts);
    end = last + Number(duration);
  }
  if (!up || !down || !width || !height || total === 0) throw damagedFile(run, 'no frames');
  // Where packets have no length of their own, each is as long as they are on average.
  const ticks = end > last ? end - first : ((last - first) * total) / Math.max(1, total - 1);
  return { total, seconds: Math.max((ticks * up) / down, 1e-3), width, height };
}

/** Pictures in PPM, one behind the other; a last one that is not whole is left out. */
function readPpm(bytes: Buffer): RgbImage[] {
  const images: RgbImage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [header, width, height] = /^P6\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString('latin1', at, at + 40)) ?? [];
    const from = at + (header?.length ?? Infinity);
    at = from + Number(width) * Number(height) * 3;
    if (!(at <= bytes.length)) break;
    images.push({ width: Number(width), height: Number(height), data: new Uint8Array(bytes.subarray(from, at)) });
  }
  return images;
}
