# Writes images.json: small image files of many kinds, and the pixels that Pillow makes of them. Run by hand when the list changes;
# src/media/image-files.test.ts compares. Pixels: ImageOps.exif_transpose, then convert('RGB').
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install pillow==11.3.0 numpy==2.2.6
#   /tmp/golden/bin/python test/golden/images.py
import base64
import io
import json
import os
import struct

import numpy as np
from PIL import Image, ImageCms, ImageOps, __version__ as pillow_version

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 11, 7
y, x = np.mgrid[0:H, 0:W]


def waves(channels):
    """Smooth, so that JPEG keeps it, and different in every channel."""
    one = [127.5 + 127.5 * np.sin((x * (c + 1) + y * (3 - c % 3)) / 5.0 + c) for c in range(channels)]
    return np.stack(one, -1).round().astype(np.uint8)


RGB = Image.fromarray(waves(3))
GRAY = RGB.convert("L")
CMYK = Image.frombytes("CMYK", (W, H), waves(4).tobytes())
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
cases = []


def wide_profile():
    """sRGB's profile with a red primary as far out as Adobe RGB's: whoever applies it changes colors."""
    profile = bytearray(SRGB)
    at = profile.find(b"rXYZ")
    offset = struct.unpack(">I", profile[at + 4 : at + 8])[0]
    profile[offset + 8 : offset + 12] = struct.pack(">i", int(0.60974 * 65536))
    return bytes(profile)


def case(name, data, tolerance=0, white=False):
    """tolerance: decoders of lossy formats may round differently. white: transparency lies on white, which is not Pillow's way."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if white:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    cases.append(
        {
            "name": name,
            "file": base64.b64encode(data).decode(),
            "width": image.width,
            "height": image.height,
            "pixels": base64.b64encode(image.tobytes()).decode(),
            **({"tolerance": tolerance} if tolerance else {}),
        }
    )


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def without_adobe(jpeg):
    at = jpeg.find(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def as_ycck(jpeg):
    at = jpeg.find(b"Adobe")
    return jpeg[: at + 11] + b"\2" + jpeg[at + 12 :]


def tiff(photometric, samples, data, bits=8, planar=1, extra=()):
    """A TIFF of one strip (one for each plane) without compression."""
    strips = [data] if planar == 1 else [data[i * W * H : (i + 1) * W * H] for i in range(samples)]
    tags = [(256, 3, [W]), (257, 3, [H]), (258, 3, [bits] * samples), (259, 3, [1]), (262, 3, [photometric]), (277, 3, [samples]), (278, 3, [H])]
    tags += [(284, 3, [planar]), *extra, (273, 4, strips), (279, 4, [len(s) for s in strips])]
    tags.sort(key=lambda t: t[0])
    end = 8 + 2 + 12 * len(tags) + 4
    tail = b""
    place = {}
    for i, strip in enumerate(strips):
        place[i] = end + len(tail)
        tail += strip + b"\0" * (len(strip) % 2)
    out = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    for tag, kind, values in tags:
        values = [place[i] for i in range(len(strips))] if tag == 273 else values
        raw = struct.pack("<" + ("H" if kind == 3 else "I") * len(values), *values)
        if len(raw) > 4:
            at, tail = end + len(tail), tail + raw + b"\0" * (len(raw) % 2)
            raw = struct.pack("<I", at)
        out += struct.pack("<HHI", tag, kind, len(values)) + raw.ljust(4, b"\0")
    return out + struct.pack("<I", 0) + tail


def bmp(bits, rows, *, compression=0, palette=b"", masks=b"", height=H, size=40, colors=0):
    """A BMP of a header of `size` bytes; `rows` are the pixels as they are in the file."""
    if size == 12:
        header = struct.pack("<IHHHH", 12, W, H, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, W, height, 1, bits, compression, len(rows), 2835, 2835, colors, 0)
        header += masks.ljust(size - 40, b"\0") if size > 40 else masks
    start = 14 + len(header) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + palette + rows


def padded(row):
    return row + b"\0" * (-len(row) % 4)


def bmps():
    pixels = np.array(RGB)
    bgr = lambda rows: b"".join(padded(np.ascontiguousarray(row[:, ::-1]).tobytes()) for row in rows)
    case("bmp 24", bmp(24, bgr(pixels[::-1])))
    case("bmp 24, top row first", bmp(24, bgr(pixels), height=-H))
    case("bmp 24, OS/2", bmp(24, bgr(pixels[::-1]), size=12))
    for size in (52, 56, 64, 108, 124):
        case(f"bmp 24, header of {size}", bmp(24, bgr(pixels[::-1]), size=size))
    bgrx = np.concatenate([pixels[::-1, :, ::-1], np.full((H, W, 1), 9, np.uint8)], -1)
    case("bmp 32", bmp(32, bgrx.tobytes()))
    case("bmp 32, header of 124", bmp(32, bgrx.tobytes(), size=124))
    rgbx = np.concatenate([pixels[::-1], np.full((H, W, 1), 9, np.uint8)], -1)
    case("bmp 32, masks", bmp(32, bgrx.tobytes(), compression=3, masks=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)))
    xbgr = np.concatenate([np.full((H, W, 1), 9, np.uint8), pixels[::-1, :, ::-1]], -1)
    case("bmp 32, masks at the top", bmp(32, xbgr.tobytes(), compression=3, masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00)))
    opaque = np.concatenate([pixels[::-1], np.full((H, W, 1), 255, np.uint8)], -1)
    masks = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    case("bmp 32, alpha", bmp(32, opaque.tobytes(), compression=3, masks=masks, size=108))
    five = (pixels[::-1] >> 3).astype(np.uint16)
    rows = lambda values: b"".join(padded(row.astype("<u2").tobytes()) for row in values)
    case("bmp 16", bmp(16, rows(five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2])))
    six = five[..., 0] << 11 | (pixels[::-1, :, 1] >> 2).astype(np.uint16) << 5 | five[..., 2]
    case("bmp 16, masks", bmp(16, rows(six), compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    for bits in (1, 4, 8):
        colors = min(2**bits, 200)
        indexed = RGB.quantize(colors)
        n = len(indexed.getpalette()) // 3
        index = np.array(indexed)[::-1] % n
        entries = np.array(indexed.getpalette()).reshape(n, 3)
        palette = b"".join(bytes([b, g, r, 0]) for r, g, b in entries.tolist())
        packed = np.packbits(((index[..., None] >> np.arange(bits)[::-1]) & 1).reshape(H, W * bits).astype(np.uint8), axis=1)
        data = b"".join(padded(row.tobytes()) for row in packed)
        case(f"bmp {bits}", bmp(bits, data, palette=palette, colors=n))
        if bits == 8:
            case("bmp 8, OS/2", bmp(8, data, palette=b"".join(p[:3] for p in [palette[i : i + 4] for i in range(0, n * 4, 4)]).ljust(768, b"\0"), size=12))
            runs = b"".join(b"".join(bytes([1, v]) for v in row.tolist()) + b"\0\0" for row in index) + b"\0\1"
            case("bmp 8, runs", bmp(8, runs, palette=palette, colors=n, compression=1))
            absolute = b"".join(bytes([0, W]) + row.astype(np.uint8).tobytes() + b"\0" * (W % 2) + b"\0\0" for row in index) + b"\0\1"
            case("bmp 8, absolute runs", bmp(8, absolute, palette=palette, colors=n, compression=1))
        if bits == 4:
            runs = b"".join(b"".join(bytes([1, v << 4]) for v in row.tolist()) + b"\0\0" for row in index) + b"\0\1"
            case("bmp 4, runs", bmp(4, runs, palette=palette, colors=n, compression=2))
    case("bmp 8, gray", saved(GRAY, "BMP"))
    case("bmp 1, as Pillow writes it", saved(GRAY.convert("1"), "BMP"))


def colors():
    jpeg = saved(CMYK, "JPEG", quality=95, subsampling=0)
    case("cmyk jpeg", jpeg)
    case("cmyk jpeg without Adobe's marker", without_adobe(jpeg))
    case("ycck jpeg", as_ycck(jpeg))
    case("cmyk jpeg with a profile", saved(CMYK, "JPEG", quality=95, icc_profile=SRGB))
    for name, inks in (("red", (0, 255, 255, 0)), ("black", (0, 0, 0, 255)), ("half", (128, 0, 0, 128))):
        case(f"cmyk jpeg, {name}", saved(Image.new("CMYK", (W, H), inks), "JPEG", quality=100))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        case(f"cmyk tiff, {compression}", saved(CMYK, "TIFF", compression=compression))
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        case(f"ycbcr tiff, {compression}", saved(RGB.convert("YCbCr"), "TIFF", compression=compression), tolerance=1 if compression == "jpeg" else 0)
    red = Image.new("YCbCr", (W, H), (76, 84, 255))
    case("ycbcr tiff, red", saved(red, "TIFF", compression="tiff_lzw"))
    lab = ImageCms.applyTransform(RGB, ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"))
    # LittleCMS interpolates in a table; colors at the edge of sRGB differ most.
    case("lab tiff", saved(lab, "TIFF"), tolerance=32)
    case("lab tiff, deflate", saved(Image.new("LAB", (W, H), (140, 20, 230)), "TIFF", compression="tiff_adobe_deflate"), tolerance=1)
    wide = wide_profile()
    case("jpeg with a wide profile", saved(RGB, "JPEG", quality=95, subsampling=0, icc_profile=wide))
    case("png with a wide profile", saved(RGB, "PNG", icc_profile=wide))
    case("webp with a wide profile", saved(RGB, "WEBP", lossless=True, icc_profile=wide))
    case("tiff with a wide profile", saved(RGB, "TIFF", icc_profile=wide))
    case("gray png with a profile", saved(GRAY, "PNG", icc_profile=SRGB))
    case("cmyk tiff with another channel", tiff(5, 5, waves(5).tobytes(), extra=[(338, 3, [0])]))
    case("cmyk tiff of 16 bits", tiff(5, 4, (waves(4).astype("<u2") * 257).tobytes(), bits=16))
    case("rgb tiff of 16 bits", tiff(2, 3, (waves(3).astype("<u2") * 257).tobytes(), bits=16))
    case("rgb tiff with a channel that is not alpha", tiff(2, 4, waves(4).tobytes(), extra=[(338, 3, [0])]))
    case("rgba tiff", tiff(2, 4, waves(4).tobytes(), extra=[(338, 3, [2])]), tolerance=1, white=True)
    rgba = waves(4)
    rgba[..., :3] = rgba[..., :3].astype(int) * rgba[..., 3:] // 255
    case("rgba tiff, multiplied", tiff(2, 4, rgba.tobytes(), extra=[(338, 3, [1])]), tolerance=2, white=True)
    case("rgba png", saved(Image.fromarray(waves(4), "RGBA"), "PNG"), tolerance=1, white=True)
    case("rgba webp", saved(Image.fromarray(waves(4), "RGBA"), "WEBP", lossless=True), tolerance=1, white=True)
    case("gray png with alpha", saved(Image.fromarray(waves(2), "LA"), "PNG"), tolerance=1, white=True)
    case("palette png with alpha", saved(RGB.quantize(16), "PNG", transparency=bytes(range(0, 256, 16))), tolerance=1, white=True)
    case("white is zero, tiff", tiff(0, 1, GRAY.tobytes()))
    case("planes, tiff", tiff(2, 3, b"".join(c.tobytes() for c in RGB.split()), planar=2))


def kinds():
    for bits, n in ((1, 2), (2, 4), (4, 16), (8, 256)):
        case(f"palette png, {bits} bits", saved(RGB.quantize(n), "PNG", bits=bits))
    case("palette gif", saved(RGB.quantize(32), "GIF"))
    case("palette tiff", saved(RGB.quantize(32), "TIFF"))
    case("1-bit png", saved(GRAY.convert("1"), "PNG"))
    case("1-bit tiff, group 4", saved(GRAY.convert("1"), "TIFF", compression="group4"))
    case("gray jpeg", saved(GRAY, "JPEG", quality=95))
    case("jpeg, progressive", saved(RGB, "JPEG", quality=95, progressive=True))
    case("jpeg in RGB", saved(RGB, "JPEG", quality=95, keep_rgb=True))
    case("avif", saved(RGB, "AVIF", quality=100, subsampling="4:4:4"), tolerance=1)
    frames = [Image.fromarray(np.roll(np.array(RGB), 3 * k, 1)) for k in range(3)]
    rest = {"save_all": True, "append_images": frames[1:]}
    case("animated png", saved(frames[0], "PNG", **rest))
    case("animated png with a picture before it", saved(frames[0], "PNG", default_image=True, **rest))
    case("animated webp", saved(frames[0], "WEBP", lossless=True, **rest))
    case("animated gif", saved(frames[0].quantize(32), "GIF", save_all=True, append_images=[f.quantize(32) for f in frames[1:]]))
    case("animated avif", saved(frames[0], "AVIF", quality=100, subsampling="4:4:4", **rest), tolerance=1)
    case("pages of a tiff", saved(frames[0], "TIFF", **rest))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        case(f"jpeg, orientation {orientation}", saved(RGB, "JPEG", quality=95, subsampling=0, exif=exif))
        case(f"tiff, orientation {orientation}", saved(RGB, "TIFF", tiffinfo={274: orientation}))
        if orientation in (3, 6):
            case(f"png, orientation {orientation}", saved(RGB, "PNG", exif=exif))
            case(f"webp, orientation {orientation}", saved(RGB, "WEBP", lossless=True, exif=exif))
            case(f"avif, orientation {orientation}", saved(RGB, "AVIF", quality=100, subsampling="4:4:4", exif=exif), tolerance=1)
            case(f"cmyk jpeg, orientation {orientation}", saved(CMYK, "JPEG", quality=95, subsampling=0, exif=exif))


bmps()
colors()
kinds()
with open(os.path.join(HERE, "images.json"), "w") as out:
    lines = ",\n".join("    " + json.dumps(c) for c in cases)
    out.write(f'{{\n  "pillow": "{pillow_version}",\n  "cases": [\n{lines}\n  ]\n}}\n')
