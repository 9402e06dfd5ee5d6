// What files are by their bytes: each kind gets its true name, and a photograph is never called a video.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeSound } from './decode-sound.js';
import { describeFile, fileType } from './file-type.js';
import { decodeImage } from './image.js';
import { decodeVideo, isVideo } from './video.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
/** A file that begins with `ftyp`: the major brand, then those it is compatible with. */
function iso(major: string, ...compatible: string[]): Buffer {
  const box = latin1(`\0\0\0\0ftyp${major}\0\0\0\0${compatible.join('')}`);
  box.writeUInt32BE(box.length);
  return Buffer.concat([box, latin1('\0\0\0\x08mdat')]);
}
/** A TIFF whose directory holds these tags, each one short number. */
function tiff(tags: readonly (readonly [tag: number, value: number])[], order: 'II' | 'MM' = 'II', before = 0): Buffer {
  const bytes = Buffer.alloc(8 + before + 2 + tags.length * 12 + 4);
  const little = order === 'II';
  const short = (v: number, at: number) => (little ? bytes.writeUInt16LE(v, at) : bytes.writeUInt16BE(v, at));
  const int = (v: number, at: number) => (little ? bytes.writeUInt32LE(v, at) : bytes.writeUInt32BE(v, at));
  bytes.write(order);
  short(42, 2);
  int(8 + before, 4);
  short(tags.length, 8 + before);
  tags.forEach(([tag, value], i) => {
    const at = 10 + before + i * 12;
    short(tag, at);
    short(3, at + 2);
    int(1, at + 4);
    short(value, at + 8);
  });
  return bytes;
}

const IMAGES: readonly (readonly [bytes: Buffer, name: RegExp])[] = [
  [iso('heic', 'mif1', 'heic'), /HEIC/],
  [iso('heix', 'mif1'), /HEIC/],
  [iso('hevc', 'msf1', 'hevc'), /HEIC/],
  [iso('mif1', 'mif1', 'heic', 'hevc'), /HEIC/],
  [iso('msf1', 'hevc', 'iso8'), /HEIC/],
  [iso('mif1'), /HEIF/],
  [iso('avci', 'mif1'), /HEIF/],
  [iso('crx ', 'isom'), /raw photograph \(CR3\)/],
  [iso('jp2 ', 'jp2 '), /JPEG 2000/],
  [iso('jxl ', 'jxl '), /JPEG XL/],
  [latin1('\0\0\0\x0cJXL \r\n\x87\n'), /JPEG XL/],
  [latin1('\xff\x0a\xfa\x1f'), /JPEG XL/],
  [latin1('\0\0\0\x0cjP  \r\n\x87\n'), /JPEG 2000/],
  [latin1('\xff\x4f\xff\x51\0\x2f'), /JPEG 2000/],
  [latin1('8BPS\0\x01'), /PSD/],
  [latin1('gimp xcf v011'), /XCF/],
  [latin1('\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0'), /ICO/],
  [latin1('\0\0\x02\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0'), /CUR/],
  [latin1('\0\0\x02\0\0\0\0\0\0\0\0\0\x20\0\x10\0\x18\0xxx'), /TGA/],
  [latin1('FUJIFILMCCD-RAW 0201'), /RAF/],
  [latin1('IIRO\x08\0\0\0'), /ORF/],
  [latin1('IIU\0\x18\0\0\0'), /RW2/],
  [latin1('II*\0\x10\0\0\0CR\x02\0'), /CR2/],
  [tiff([[254, 1], [330, 9]], 'MM'), /NEF/],
  [tiff([[254, 1], [330, 9]], 'II', 6000), /NEF/],
  [tiff([[50706, 1], [254, 1]]), /DNG/],
  [latin1('P6\n2 1\n255\nabcdef'), /PNM/],
  [latin1('DDS |\0\0\0'), /DDS/],
  [latin1('\x76\x2f\x31\x01\x02\0\0\0'), /OpenEXR/],
  [latin1('qoif\0\0\0\x01'), /QOI/],
  [Buffer.concat([Buffer.alloc(128), latin1('DICM')]), /DICOM/],
  [latin1('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
  [latin1('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a drawing -->\n<svg/>'), /SVG/],
]; // biome-ignore format: a table
const OTHERS: readonly (readonly [bytes: Buffer, name: RegExp])[] = [
  [latin1('%PDF-1.7\n'), /PDF/],
  [latin1('<!DOCTYPE html><html><title>404</title>'), /web page/],
  [latin1('\n  <html lang="en"><body>Sign in</body>'), /web page/],
  [latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /XML/],
  [latin1('{"message":"Not Found"}'), /JSON/],
  [latin1('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'), /Git LFS pointer/],
  [latin1('/annex/objects/SHA256E-s1--a.jpg'), /git-annex/],
  [latin1('PK\x03\x04\x14\0'), /ZIP/],
  [latin1('\x1f\x8b\x08\0'), /gzip/],
  [Buffer.concat([Buffer.alloc(257, 65), latin1('ustar\0')]), /tar archive/],
  [latin1('\0\x05\x16\x07\0\x02\0\0Mac OS X'), /AppleDouble/],
  [latin1('\x93NUMPY\x01\0'), /NumPy/],
  [Buffer.alloc(5000), /zero bytes/],
  [Buffer.from('an error message of a server, größer'), /text/],
  [Buffer.from('\ufeffwords', 'utf16le'), /text/],
  [latin1('BM is how this sentence begins'), /text/],
  [latin1('\x01\x02\x03\x04'), /4 bytes that start with/],
  [latin1('\xff\xd8'), /2 bytes that start with/],
];
const VIDEOS: readonly (readonly [bytes: Buffer, name: RegExp])[] = [
  [iso('isom', 'iso2', 'avc1', 'mp41'), /MP4/],
  [iso('mp42', 'mp42', 'isom'), /MP4/],
  [iso('dash', 'iso6'), /MP4/],
  [iso('M4V ', 'mp42'), /MP4/],
  [iso('XYZ9'), /MP4/],
  [iso('qt  ', 'qt  '), /QuickTime/],
  [latin1('\0\0\0\x08wide\0\0\x10\0mdat'), /QuickTime/],
  [iso('3gp5', 'isom', '3gp5'), /3GP/],
  [iso('3g2a'), /3GP/],
  [latin1('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm'), /WebM/],
  [latin1('\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska'), /Matroska/],
  [latin1('RIFF\x10\0\0\0AVI LIST'), /AVI/],
  [latin1('FLV\x01\x05'), /FLV/],
  [latin1('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9'), /Windows Media/],
  [latin1('\0\0\x01\xba\x44'), /MPEG/],
];
const SOUNDS: readonly (readonly [bytes: Buffer, name: RegExp])[] = [
  [iso('M4A ', 'M4A ', 'mp42', 'isom'), /M4A/],
  [iso('M4B '), /M4A/],
  [latin1('RIFF\x10\0\0\0WAVEfmt '), /WAV/],
  [latin1('ID3\x03\0'), /MP3/],
  [latin1('fLaC\0'), /FLAC/],
  [latin1('FORM\0\0\0\x10AIFFCOMM'), /AIFF/],
  [latin1('#!AMR\n'), /AMR/],
  [latin1('\xff\xf1\x50\x80'), /AAC/],
];

const dir = mkdtempSync(join(tmpdir(), 'sensorium-types-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('fileType', () => {
  it('names what it recognizes', () => {
    for (const [kind, table] of Object.entries({ image: IMAGES, video: VIDEOS, sound: SOUNDS }))
      for (const [bytes, name] of table) {
        expect(describeFile(bytes)).toMatch(name);
        expect(fileType(bytes)?.kind, String(name)).toBe(kind);
      }
    for (const [bytes, name] of OTHERS) {
      expect(describeFile(bytes)).toMatch(name);
      expect(fileType(bytes)?.kind ?? 'other').toBe('other');
    }
    expect(fileType(Buffer.of())).toBeUndefined();
  });

  it('tells AVIF by its major or a compatible brand', () => {
    for (const head of [
      iso('avif', 'mif1', 'miaf'),
      iso('avis', 'msf1', 'avif'),
      iso('mif1', 'avif', 'miaf'),
      iso('msf1', 'avis', 'iso8'),
      iso('abcd', 'avif', 'mif1'),
      iso('MA1B'),
    ])
      expect(fileType(head)).toMatchObject({ name: 'an AVIF image', kind: 'image', read: 'sharp' });
    // A film that is compatible with still images is a film.
    expect(fileType(iso('isom', 'iso8', 'avif'))?.kind).toBe('video');
    expect(fileType(iso('mp41', 'mif1', 'heic'))?.kind).toBe('video');
  });

  it('reads no brand beyond the box or the bytes', () => {
    const far = iso('mif1', 'mif1');
    expect(fileType(Buffer.concat([far, latin1('heic')]))?.name).toMatch(/HEIF/);
    expect(fileType(far.subarray(0, 12))?.name).toMatch(/HEIF/);
    expect(fileType(far.subarray(0, 11))).toBeUndefined();
  });
});

describe('decodeImage', () => {
  it('refuses everything else by its true name', async () => {
    for (const [bytes, name] of [...IMAGES, ...OTHERS, ...VIDEOS, ...SOUNDS]) {
      const place = join(dir, 'photo.jpg');
      writeFileSync(place, bytes);
      await expect(decodeImage(place), String(name)).rejects.toMatchObject({
        code: 'media.format',
        place,
        got: expect.stringMatching(name),
        hint: expect.any(String),
      });
    }
  });

  it('reads AVIF whatever brand of it comes first', async () => {
    const bytes = await sharp({ create: { width: 16, height: 8, channels: 3, background: '#2080e0' } })
      .avif({ quality: 90 })
      .toBuffer();
    for (const brand of ['avif', 'avis', 'mif1']) {
      const renamed = Buffer.from(bytes);
      renamed.write(brand, 8);
      const before = Buffer.from(renamed);
      const { width, height, data } = await decodeImage(renamed);
      expect([width, height]).toEqual([16, 8]);
      for (const [i, v] of [0x20, 0x80, 0xe0].entries()) expect(Math.abs((data[i] as number) - v)).toBeLessThan(8);
      expect(renamed.equals(before)).toBe(true);
    }
  });
});

describe('decodeSound and decodeVideo', () => {
  it('refuse photographs by their names', async () => {
    for (const [bytes, name] of IMAGES) {
      await expect(decodeSound(bytes), String(name)).rejects.toMatchObject({ code: 'media.format', got: expect.stringMatching(name) });
      await expect(decodeVideo(bytes), String(name)).rejects.toMatchObject({
        code: 'media.format',
        got: expect.stringMatching(bytes.length > 6000 ? /TIFF/ : name), // a video's head does not reach so far
      });
    }
    await expect(decodeVideo(SOUNDS[0]?.[0] as Buffer)).rejects.toMatchObject({ code: 'media.format', got: 'an M4A sound' });
    await expect(decodeVideo(Buffer.from('FLV\x01\x05'))).rejects.toMatchObject({ code: 'media.format', got: 'a Flash video (FLV)' });
  });

  it('isVideo goes by content', async () => {
    const path = join(dir, 'file.png');
    const is = (bytes: Buffer): Promise<boolean> => {
      writeFileSync(path, bytes);
      return isVideo(path);
    };
    for (const [bytes] of VIDEOS) expect(await is(bytes)).toBe(true);
    for (const [bytes] of [...IMAGES, ...SOUNDS, ...OTHERS]) expect(await is(bytes)).toBe(false);
    const url = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;
    expect(await isVideo(url('application/octet-stream', iso('isom')))).toBe(true);
    expect(await isVideo(url('image/png', iso('isom')))).toBe(true);
    expect(await isVideo(url('image/avif', iso('avif')))).toBe(false);
    expect(await isVideo('data:image/png;base64,!')).toBe(false);
    expect(await isVideo(dir)).toBe(false);
  });
});
