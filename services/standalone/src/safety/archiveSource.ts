/** Unpacks an archive into a folder and checks every byte against its manifest before anybody uses it. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { syncFile } from './archiveTarget.ts';
import { MANIFEST, type Manifest, parseManifest } from './manifest.ts';

/** Names a backup gives its parts: no way out of the folder they are unpacked into. */
const NAME = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)*$|^manifest\.json$/;
const MANIFEST_LIMIT = 256 * 1024 * 1024;

type Found = ReadonlyMap<string, { readonly sizeBytes: number; readonly sha256: string }>;

const checkName = (name: string, from: string): string => {
  if (!NAME.test(name) || name.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw new Error(`${from}: ${JSON.stringify(name)} is no name of a part`);
  }
  return name;
};

const unpackOne = async (name: string, content: Readable, into: string): Promise<{ sizeBytes: number; sha256: string }> => {
  const path = join(into, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(content, measure, createWriteStream(path, { mode: 0o600, flags: 'wx' }));
  await syncFile(path);
  return { sizeBytes, sha256: hash.digest('hex') };
};

const unpackFolder = async (from: string, into: string): Promise<Found> => {
  const found = new Map<string, { sizeBytes: number; sha256: string }>();
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = checkName(relative(from, path).split(sep).join('/'), from);
    found.set(name, await unpackOne(name, createReadStream(path), into));
  }
  return found;
};

const unpackTar = async (from: string, into: string): Promise<Found> => {
  const found = new Map<string, { sizeBytes: number; sha256: string }>();
  const tar = extract();
  const reading = pipeline(createReadStream(from), tar);
  // Told by the loop too; this keeps a failure that comes first from going unheard.
  reading.catch(() => undefined);
  for await (const entry of tar) {
    const { name, type } = entry.header;
    if (type !== 'file') throw new Error(`${from}: ${JSON.stringify(name)} is no file`);
    found.set(checkName(name, from), await unpackOne(name, entry as unknown as Readable, into));
  }
  await reading;
  return found;
};

const check = (manifest: Manifest, found: Found, from: string): void => {
  for (const { name, sizeBytes, sha256 } of manifest.parts) {
    const part = found.get(name);
    if (part === undefined) throw new Error(`${from}: ${name} is missing`);
    if (part.sizeBytes !== sizeBytes || part.sha256 !== sha256) throw new Error(`${from}: ${name} is not what was written`);
  }
  if (found.size !== manifest.parts.length + 1) throw new Error(`${from}: holds parts that its manifest does not name`);
};

/**
 * @param into an empty folder. @returns the manifest; every part it names is there and is what was written
 * @throws when the archive is missing, not whole or was changed
 */
export const unpackArchive = async (from: string, into: string, format: Manifest['format']): Promise<Manifest> => {
  if (!existsSync(from)) throw new Error(`${from} is not there`);
  const folder = (await stat(from)).isDirectory();
  const found = await (folder ? unpackFolder(from, into) : unpackTar(from, into)).catch((error: unknown) => {
    throw new Error(`${from} can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const size = found.get(MANIFEST)?.sizeBytes;
  if (size === undefined || size > MANIFEST_LIMIT) throw new Error(`${from} is not a whole backup: it has no manifest`);
  const manifest = parseManifest(await readFile(join(into, MANIFEST), 'utf8'), format, from);
  check(manifest, found, from);
  return manifest;
};
