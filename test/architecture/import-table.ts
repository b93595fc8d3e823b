import { type Import, packageOf } from './imports.ts';

/** What the files of a folder may import beyond each other. */
interface Allowance {
  /** Other folders of src. */
  readonly folders: readonly string[] | 'all';
  /** Packages, and `node:` for every module of Node or `node:crypto` for one. */
  readonly packages: readonly string[];
}

/** What each folder of src, or a file in src itself, may import. */
export const importTable: Readonly<Record<string, Allowance>> = {
  core: { folders: [], packages: [] },
  admission: { folders: ['core'], packages: [] },
  server: {
    folders: ['core', 'admission', 'certificates'],
    packages: ['fastify', 'prom-client', 'node:'],
  },
  manifests: { folders: ['core'], packages: ['yaml', 'fast-json-patch', 'diff'] },
  catalogue: { folders: ['core', 'manifests'], packages: ['yaml'] },
  proposal: { folders: ['core', 'manifests', 'catalogue'], packages: ['yaml'] },
  certificates: { folders: [], packages: ['node:crypto', 'node:tls'] },
  controllers: { folders: ['core', 'kube', 'certificates', 'policies'], packages: [] },
  kube: { folders: ['core'], packages: ['@kubernetes/client-node', 'socks-proxy-agent', 'node:'] },
  policies: { folders: ['core', 'kube', 'manifests', 'runtime'], packages: ['node:'] },
  runtime: { folders: ['core'], packages: ['pino', 'pino-pretty', 'node:'] },
  commands: { folders: 'all', packages: ['commander', 'yaml', 'node:'] },
  'main.ts': { folders: 'all', packages: ['commander', 'node:process'] },
};

/** What single files may import on top of the table. */
export const importExceptions: Readonly<Record<string, readonly string[]>> = {
  // What only checks certificates must not load what issues them.
  'src/certificates/authority.ts': ['@peculiar/x509', 'reflect-metadata'],
  // The registry that the metrics of one process share.
  'src/commands/serving/serve-admission.ts': ['prom-client'],
  'src/commands/controller/controller.ts': ['prom-client'],
  // The version that --version tells.
  'src/main.ts': ['package.json'],
};

/**
 * The folders of src whose own folders are a part each that imports no other part; those that are listed here are
 * shared by them, each with what it may import of the others that are shared.
 */
const partFolders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  controllers: { manager: [], ownership: ['manager'], cluster: ['manager', 'ownership'] },
  commands: { serving: [] },
};

/** Imports from one controller's or command's folder into that of another; controllers tell each other things by topics. */
export function siblingImports(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from, to }) => {
      const [own, other] = [partOf(from), partOf(to)];
      if (!own || !other || own.folder !== other.folder || own.name === other.name) return false;
      const shared = partFolders[own.folder]!;
      return !(shared[own.name] ?? Object.keys(shared)).includes(other.name);
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

/** `probe` of `src/controllers/probe/probe-webhook.ts`; nothing for files that join the parts, or that they share. */
function partOf(path: string): { readonly folder: string; readonly name: string } | undefined {
  const [, folder = '', name = ''] = /^src\/([^/]+)\/([^/]+)\//.exec(path) ?? [];
  return Object.hasOwn(partFolders, folder) ? { folder, name } : undefined;
}

/** The imports that neither the table nor an exception allows, as `file imports target`. */
export function forbiddenImports(imports: readonly Import[]): string[] {
  return imports.filter((line) => !isAllowed(line)).map(({ from, to }) => `${from} imports ${to}`);
}

function isAllowed({ from, to, isFile }: Import): boolean {
  const { folders, packages } = allowanceOf(from);
  if (importExceptions[from]?.includes(isFile ? to : packageOf(to))) return true;
  if (!isFile) return packages.some((name) => covers(name, to));
  if (!to.startsWith('src/')) return false;
  const folder = folderOf(to);
  return folder === folderOf(from) || folders === 'all' || folders.includes(folder);
}

// A folder that the table does not have may import nothing, so that it cannot be forgotten.
function allowanceOf(file: string): Allowance {
  const own = Object.entries(importTable).find(([folder]) => folder === folderOf(file));
  return own?.[1] ?? { folders: [], packages: [] };
}

function covers(allowed: string, specifier: string): boolean {
  if (allowed === 'node:') return specifier.startsWith('node:');
  return allowed === specifier || allowed === packageOf(specifier);
}

/** `core` of `src/admission/reasons.ts`, `main.ts` of `src/main.ts`. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}
