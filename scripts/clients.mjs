#!/usr/bin/env node
// Clients of other projects that the server is tried with, unmodified: which there are, how those in Python are installed, the table of the docs.

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';
import { root } from './setup.mjs';

/** Each client: the script under test/clients that uses it, and the packages whose versions are reported. */
export const CLIENTS = [
  { name: 'openai', language: 'JavaScript', script: 'javascript/openai.mjs', packages: ['openai'] },
  {
    name: 'AI SDK',
    language: 'JavaScript',
    script: 'javascript/ai-sdk.mjs',
    packages: ['ai', '@ai-sdk/openai', '@ai-sdk/openai-compatible'],
  },
  { name: 'LangChain', language: 'JavaScript', script: 'javascript/langchain.mjs', packages: ['@langchain/openai', '@langchain/core'] },
  { name: 'OpenAI Agents', language: 'JavaScript', script: 'javascript/agents.mjs', packages: ['@openai/agents'] },
  { name: 'openai 3', language: 'Python', script: 'python/client_openai.py', packages: ['openai'], environment: 'openai3' },
  { name: 'openai 2', language: 'Python', script: 'python/client_openai.py', packages: ['openai'], environment: 'openai2' },
  {
    name: 'LangChain',
    language: 'Python',
    script: 'python/client_langchain.py',
    packages: ['langchain-openai', 'langchain'],
    environment: 'openai2',
  },
  { name: 'litellm', language: 'Python', script: 'python/client_litellm.py', packages: ['litellm'], environment: 'openai2' },
  { name: 'instructor', language: 'Python', script: 'python/client_instructor.py', packages: ['instructor'], environment: 'openai2' },
  {
    name: 'LlamaIndex',
    language: 'Python',
    script: 'python/client_llama_index.py',
    packages: ['llama-index-llms-openai-like', 'llama-index-embeddings-openai-like'],
    environment: 'openai2',
  },
  {
    name: 'Pydantic AI',
    language: 'Python',
    script: 'python/client_pydantic_ai.py',
    packages: ['pydantic-ai-slim'],
    environment: 'openai3',
  },
  { name: 'OpenAI Agents', language: 'Python', script: 'python/client_agents.py', packages: ['openai-agents'], environment: 'openai3' },
  { name: 'llm', language: 'Python', script: 'python/client_llm.py', packages: ['llm'], environment: 'openai3' },
  { name: 'guidellm', language: 'Python', script: 'python/client_guidellm.py', packages: ['guidellm'], environment: 'guidellm' },
];

const dir = join(root, 'test', 'clients');
/** The folder of a Python environment, which has the pinned packages of python/NAME.txt. */
const folderOf = (environment) => join(root, '.cache', 'clients', environment);
const stampOf = (environment) => join(folderOf(environment), 'requirements.txt');
const PAGE = join(root, 'docs', 'serve.md');
const MARKS = ['<!-- clients: node scripts/clients.mjs table -->', '<!-- /clients -->'];

const readText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** All pinned versions of a Python environment. */
export const requirements = (environment) => readFileSync(join(dir, 'python', `${environment}.txt`), 'utf8');

/** The version of each package that a client is made of, as package.json or the requirements pin it. */
export function pinnedVersions({ language, packages, environment }) {
  if (language === 'JavaScript') {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return Object.fromEntries(packages.map((name) => [name, devDependencies[name] ?? dependencies[name]]));
  }
  const pins = Object.fromEntries(
    [...requirements(environment).matchAll(/^([\w.-]+)==(\S+)/gm)].map(([, name, version]) => [name.toLowerCase(), version]),
  );
  return Object.fromEntries(packages.map((name) => [name, pins[name]]));
}

/** The versions that are installed, of a client that is. */
export function installedVersions({ language, packages, environment }) {
  if (language === 'JavaScript')
    return Object.fromEntries(
      packages.map((name) => [name, JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version]),
    );
  const code = 'import importlib.metadata, json, sys; print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))';
  return JSON.parse(execFileSync(join(folderOf(environment), 'bin', 'python'), ['-c', code, ...packages], { encoding: 'utf8' }));
}

/** The command of a client's script, or undefined where the client is not installed. */
export function commandOf({ language, script, environment }) {
  const path = join(dir, script);
  if (language === 'JavaScript') return [process.execPath, path];
  const installed = readText(stampOf(environment)) === requirements(environment);
  return installed ? [join(folderOf(environment), 'bin', 'python'), path] : undefined;
}

/** Environments that are installed without being named: guidellm brings PyTorch with it. */
const USUAL = ['openai3', 'openai2'];

/** Installs Python environments, where they are not installed as pinned. Resolves with the exit code. */
export async function install(environments = USUAL) {
  for (const environment of environments) {
    const wanted = requirements(environment);
    if (readText(stampOf(environment)) === wanted) continue;
    const folder = folderOf(environment);
    rmSync(folder, { recursive: true, force: true });
    const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--quiet', '--only-binary=:all:'];
    const code =
      (await runChild(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder])) ||
      (await runChild(join(folder, 'bin', 'python'), [...pip, '-r', join(dir, 'python', `${environment}.txt`)]));
    if (code !== 0) return code;
    writeFileSync(stampOf(environment), wanted);
  }
  return 0;
}

/** The rows of docs/serve.md from what ran (`test/clients/table.json`). */
export function clientsTable(clients) {
  const rows = clients.flatMap(({ name, language, versions, apis }) => {
    const packages = Object.entries(versions).map(([key, version]) => `\`${key}\` ${version}`);
    return Object.entries(apis).map(
      ([api, features], i) => `| ${i === 0 ? `${name} (${language}): ${packages.join(', ')}` : ''} | ${api} | ${features.join(', ')} |`,
    );
  });
  return ['| client | API | what works |', '|---|---|---|', ...rows].join('\n');
}

/** What ran, as it was recorded. */
export const recorded = () => JSON.parse(readFileSync(join(dir, 'table.json'), 'utf8'));

/** The page with its table made anew. Throws for a page without the marks. */
export function withTable(page, clients) {
  const [from, to] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (from < 0 || to < from) throw new Error(`docs/serve.md has no ${MARKS.join(' … ')}`);
  return `${page.slice(0, from + MARKS[0].length)}\n\n${clientsTable(clients)}\n\n${page.slice(to)}`;
}

/** Records what ran: test/clients/table.json and the table of the docs. Clients that did not run keep what was recorded. */
export function record(ran) {
  const before = readText(join(dir, 'table.json')) === undefined ? [] : recorded();
  const same = (a) => (b) => a.name === b.name && a.language === b.language;
  const all = CLIENTS.flatMap((client) => ran.find(same(client)) ?? before.find(same(client)) ?? []);
  writeFileSync(join(dir, 'table.json'), `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), all));
}

const USAGE = `usage: node scripts/clients.mjs install [NAME …]   Python clients, pinned, into .cache/clients: those of test/clients/python/NAME.txt
                                                   (default ${USUAL.join(' ')}; guidellm is gigabytes); PYTHON names the interpreter
       node scripts/clients.mjs table              the table of docs/serve.md from test/clients/table.json
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [task, ...names] = process.argv.slice(2);
  if (task === 'install') process.exitCode = await install(names.length > 0 ? names : undefined);
  else if (task === 'table') writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), recorded()));
  else {
    process.stderr.write(USAGE);
    process.exitCode = task === undefined || task === '--help' ? 0 : 2;
  }
}
