// Containers of video and sound, told by how a file begins.

/** Bytes that tell a container. */
export const CONTAINER_HEAD = 16;

/** ffmpeg's name for the container that begins so: MP4 and QuickTime, Matroska and WebM, AVI; undefined for anything else. */
export function containerOf(head: Uint8Array): 'mov' | 'matroska' | 'avi' | undefined {
  const text = Buffer.from(head.subarray(0, CONTAINER_HEAD)).toString('latin1');
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(text.slice(4, 8))) return 'mov';
  if (text.startsWith('\x1a\x45\xdf\xa3')) return 'matroska';
  return text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ' ? 'avi' : undefined;
}

/** Whether a file is a GIF or WebP, which may be animated. */
export function isAnimation(head: Uint8Array): boolean {
  const text = Buffer.from(head.subarray(0, CONTAINER_HEAD)).toString('latin1');
  return text.startsWith('GIF8') || (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP');
}

/** Whether a file is a stream of AAC frames (ADTS): the sync word of MPEG audio with the layer that MP3 does not have. */
export function isAdts(head: Uint8Array): boolean {
  return head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0;
}
