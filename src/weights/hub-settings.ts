// How the Hugging Face hub is reached: ids such as `org/name@revision`, and the environment variables of the official clients.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { errno, io } from '../util/io.js';
import type { HubEvent } from './hub-events.js';

/** A model or a data set on the hub. */
export interface HubId {
  /** `org/name` */
  readonly repo: string;
  /** Default: a model. */
  readonly kind?: 'dataset';
  /** Branch, tag, or commit; `main` unless given. */
  readonly revision: string;
}

/** Settings of a download; each defaults to what the official clients read from the environment. */
export interface HubOptions {
  /** Branch, tag or commit; `org/name@revision` says the same. Default `main`. */
  revision?: string;
  /** Default `HF_ENDPOINT`, else https://huggingface.co. */
  endpoint?: string;
  /** `false` sends none. Default `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else `token` in `HF_HOME`. */
  token?: string | false;
  /** Default `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else ~/.cache/huggingface/hub. */
  cacheDir?: string;
  /** Asks nobody: only what the cache has. Default `HF_HUB_OFFLINE`. */
  offline?: boolean;
  /** Snapshots are links to blobs; `false` moves the files there instead. Default: links wherever they can be made. */
  symlinks?: boolean;
  /** How often a request is repeated that fails without having brought anything. Default 5. */
  retries?: number;
  /** Wait before the first repetition, in ms; doubled for each further one. Default 500. */
  retryMs?: number;
  /** A connection that brings nothing for so long is given up and opened again, in ms. Default 30 000. */
  stallMs?: number;
  /** How long to wait for another process that has the model's lock but gets nowhere, in ms. Default 120 000. */
  patienceMs?: number;
  /** Bytes free at a folder (replaceable in tests). */
  freeBytes?: (dir: string) => Promise<number>;
  /** Told what happens. */
  onEvent?: (event: HubEvent) => void;
  signal?: AbortSignal;
}

/** What the options and the environment come to. */
export interface HubSettings {
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly symlinks: boolean;
}

/** What a repository is in messages. */
export const nounOf = ({ kind }: Pick<HubId, 'kind'>): string => (kind === 'dataset' ? 'data set' : 'model');

/** Where a repository has its page and its files: below the endpoint. */
export const repoPath = ({ kind, repo }: Pick<HubId, 'kind' | 'repo'>): string => (kind === 'dataset' ? `datasets/${repo}` : repo);

type Environment = Readonly<Record<string, string | undefined>>;

/** Full name of a commit. */
export const COMMIT = /^[0-9a-f]{40}$/;
const PART = /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/;
const REVISION = /^[A-Za-z0-9_][\w.+/-]*$/;

/** Reads `org/name` or `org/name@revision`; undefined for anything else, such as a path. Errors: `weights.revision`. */
export function parseHubId(text: string): HubId | undefined {
  const at = text.indexOf('@');
  const repo = at < 0 ? text : text.slice(0, at);
  const parts = repo.split('/');
  const valid = parts.length === 2 && repo.length <= 96 && parts.every((part) => PART.test(part)) && !/--|\.\./.test(repo);
  if (!valid) return undefined;
  return { repo, revision: checkRevision(at < 0 ? 'main' : text.slice(at + 1), text) };
}

/** A revision becomes a path below `refs/` and part of a URL. Errors: `weights.revision`. */
export function checkRevision(revision: string, place: string): string {
  if (REVISION.test(revision) && !/\.\.|\/\/|[./]$/.test(revision)) return revision;
  throw new SensoriumError('weights.revision', 'this is not a revision', {
    place,
    expected: 'a branch, a tag or a commit',
    got: JSON.stringify(revision),
  });
}

/** Options over environment over defaults. Errors: `weights.endpoint`, `weights.token`, `util.*` for a token file that cannot be read. */
export async function hubSettings(options: HubOptions = {}, env: Environment = process.env): Promise<HubSettings> {
  const home = path(env.HF_HOME) ?? join(path(env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: checkEndpoint(options.endpoint ?? (env.HF_ENDPOINT || 'https://huggingface.co')),
    token: await findToken(options.token, home, env),
    cacheDir: options.cacheDir ?? path(env.HF_HUB_CACHE) ?? path(env.HUGGINGFACE_HUB_CACHE) ?? join(home, 'hub'),
    offline: options.offline ?? (isOn(env.HF_HUB_OFFLINE) || isOn(env.TRANSFORMERS_OFFLINE)),
    symlinks: options.symlinks ?? !isOn(env.HF_HUB_DISABLE_SYMLINKS),
  };
}

const isOn = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

/** A path from the environment; empty is not set, and `~` is the home folder. */
function path(value: string | undefined): string | undefined {
  return value ? value.replace(/^~(?=$|[\\/])/, () => homedir()) : undefined;
}

function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search) return url.href.replace(/\/+$/, '');
  throw new SensoriumError('weights.endpoint', 'this is not the address of a hub', {
    place: 'HF_ENDPOINT',
    expected: 'an http or https URL, such as https://huggingface.co',
    got: JSON.stringify(text),
  });
}

async function findToken(given: string | false | undefined, home: string, env: Environment): Promise<string | undefined> {
  if (given === false) return undefined;
  if (given !== undefined) return checkToken(given, 'token');
  if (isOn(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
    const token = checkToken(env[name] ?? '', name);
    if (token) return token;
  }
  const file = path(env.HF_TOKEN_PATH) ?? join(home, 'token');
  const text = await io(file, () =>
    readFile(file, 'utf8').catch((error: unknown) => {
      if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return ''; // nobody has logged in
      throw error;
    }),
  );
  return checkToken(text, file);
}

/** Errors never show the token. */
function checkToken(text: string, place: string): string | undefined {
  const token = text.trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token || undefined;
  throw new SensoriumError('weights.token', 'this is not an access token', {
    place,
    expected: 'one word, such as hf_…',
    hint: 'Copy it again from the settings of your account on the hub',
  });
}
