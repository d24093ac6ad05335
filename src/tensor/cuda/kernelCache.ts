import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256OfBytes } from "../../artifact/sha256.ts";
import type { KernelSource } from "./kernelSource.ts";

/** A compiler, and what its machine code depends on beside the text. */
export interface KernelCompiler {
  readonly version: string;
  compile(source: KernelSource, architecture: number): Uint8Array;
}

/**
 * A kernel's machine code: from a file where it was compiled before, else compiled now and kept.
 *
 *     file = NAME-sha256(architecture, compiler version, text)
 *
 * A file that is damaged or was tampered with is compiled again: each holds its own content's hash in front. A folder that
 * cannot be written only costs the time to compile.
 */
export function machineCode(
  compiler: KernelCompiler,
  source: KernelSource,
  architecture: number,
  folder: string,
): Uint8Array {
  const key = sha256OfBytes(`sm_${architecture}\n${compiler.version}\n${source.text}`).slice(0, 24);
  const path = join(folder, `${source.name}-${key}.cubin`);
  const kept = read(path);
  if (kept !== null) return kept;
  const image = compiler.compile(source, architecture);
  keep(folder, path, image);
  return image;
}

const hashLength = 64;

function read(path: string): Uint8Array | null {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return null; // not compiled before
  }
  const image = Uint8Array.from(file.subarray(hashLength));
  return file.subarray(0, hashLength).toString() === sha256OfBytes(image) ? image : null;
}

/** Written beside and renamed, so that a process that runs at the same time never reads half a file. */
function keep(folder: string, path: string, image: Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true });
    const own = `${path}.${process.pid}`;
    writeFileSync(own, Buffer.concat([Buffer.from(sha256OfBytes(image)), image]));
    renameSync(own, path);
  } catch {
    // a cache that cannot be kept is a slower start, nothing else
  }
}
