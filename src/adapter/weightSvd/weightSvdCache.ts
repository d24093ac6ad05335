import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ArtifactError } from "../../errors.ts";
import { fileExists } from "../../artifact/fileExists.ts";
import { openSafetensors, writeSafetensors, type SafetensorsFile } from "../../artifact/safetensors.ts";
import { sha256OfBytes } from "../../artifact/sha256.ts";
import { expectSvdOf } from "./expectSvdOf.ts";
import { SvdWorkerPool } from "./svdWorkerPool.ts";
import type { DenseWeight, WeightSvd } from "./weightSvd.ts";

/** A weight that is read when its turn comes. */
export interface LazyWeight {
  readonly moduleName: string;
  readonly rows: number;
  readonly cols: number;
  read(): Promise<Float32Array>;
}

/** Changes when the files' layout or meaning does: files of another format are made anew. */
const format = "weight-svd-1";

/**
 * The SVD of each weight, from the cache or computed on worker threads in float64.
 *
 * A cache file is named by the SHA-256 of the weight's bytes and shape, so another model's never fits. On load its
 * checksum, shapes, order, orthonormality and reconstruction of the weight are checked; a file that fails is replaced.
 *
 * @param onProgress  called after each weight: how many are done, of how many, and which
 * @param workers     weights in work at once; each takes about 40 bytes per entry of the weight
 * @throws NonFiniteError  a weight holds NaN or infinity
 */
export async function weightSvds(
  weights: Iterable<LazyWeight>,
  cacheDir: string,
  onProgress: (done: number, total: number, moduleName: string) => void,
  workers: number = availableParallelism(),
): Promise<Map<string, WeightSvd>> {
  const all = [...weights];
  const found = new Map<string, WeightSvd>();
  const pool = new SvdWorkerPool();
  const queue = all.values();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const weight of queue) {
      const { moduleName, rows, cols } = weight;
      found.set(moduleName, await cachedSvd({ moduleName, rows, cols, data: await weight.read() }, cacheDir, pool));
      onProgress(++done, all.length, moduleName);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, lane));
  } finally {
    await pool.close();
  }
  return new Map(all.map(({ moduleName }) => [moduleName, found.get(moduleName)!]));
}

/** The SVD of one weight; a cache file that is missing or fails its checks is (re)made. */
async function cachedSvd(weight: DenseWeight, cacheDir: string, pool: SvdWorkerPool): Promise<WeightSvd> {
  const bytes = new Uint8Array(weight.data.buffer, weight.data.byteOffset, weight.data.byteLength);
  const key = sha256OfBytes(`${format} ${weight.rows} ${weight.cols} ${sha256OfBytes(bytes)}`);
  const path = join(cacheDir, `${key}.safetensors`);
  if (await fileExists(path)) {
    try {
      return await readWeightSvd(path, weight);
    } catch (cause) {
      if (!(cause instanceof ArtifactError)) throw cause;
    }
  }
  const svd = await pool.decompose(weight);
  await writeWeightSvd(path, weight, svd);
  return svd;
}

/**
 * Read one cache file and check that it is the SVD of this weight.
 *
 * @throws ArtifactError  it is cut short, damaged, of another format, or the SVD of something else
 */
export async function readWeightSvd(path: string, weight: DenseWeight): Promise<WeightSvd> {
  const file = await openSafetensors(path);
  try {
    const svd = await readFactors(file);
    const { format: found, sha256 } = file.metadata;
    if (found !== format || sha256 !== checksum(svd))
      throw new ArtifactError(
        `${path}: expected ${format} with the checksum that it states, got ${found} ${sha256}; delete the file, it is made again`,
      );
    expectSvdOf(weight, svd, path);
    return svd;
  } finally {
    await file.close();
  }
}

/** Write one cache file, whole or not at all. */
export async function writeWeightSvd(
  path: string,
  { moduleName, rows, cols }: DenseWeight,
  svd: WeightSvd,
): Promise<void> {
  const tensors = new Map([
    ["u", { shape: [rows, svd.r], data: svd.u }],
    ["s", { shape: [svd.r], data: svd.s }],
    ["vh", { shape: [svd.r, cols], data: svd.vh }],
  ]);
  await writeSafetensors(path, tensors, { format, module: moduleName, sha256: checksum(svd) });
}

async function readFactors(file: SafetensorsFile): Promise<WeightSvd> {
  const s = await file.readFloat64("s");
  return { u: await file.readFloat32("u"), s, vh: await file.readFloat32("vh"), r: s.length };
}

function checksum({ u, s, vh }: WeightSvd): string {
  return sha256OfBytes(
    [u, s, vh].map((part) => sha256OfBytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).join(" "),
  );
}
