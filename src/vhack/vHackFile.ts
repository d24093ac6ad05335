import { fileExists } from "../artifact/fileExists.ts";
import {
  openSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type WritableTensor,
} from "../artifact/safetensors.ts";
import { ArtifactError } from "../errors.ts";
import { norm } from "../numeric/linalg/norm.ts";

/** Hack directions of one module. */
export interface HackDirections {
  readonly v: Float32Array | Float64Array; // [k, r], row-major; rows orthonormal and oriented hack-ward, or zero
  readonly s: Float64Array; // [k], descending; NaN where a file does not say
  readonly k: number;
  readonly r: number; // numbers in the module's knob
}

export interface VHack {
  readonly modules: ReadonlyMap<string, HackDirections>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Stored rows further from orthogonal than this are not directions rounded to bfloat16 (unit roundoff 2^-9, twice). */
const largestOverlap = 2 ** -8;

/**
 * Write v_hack: `V/<module>` [k, r] in float32, `S/<module>` [k] in float64, metadata as strings. Same input, same bytes.
 *
 * @throws ArtifactError  sizes do not fit together, or the file cannot be written
 */
export async function writeVHack(path: string, vHack: VHack): Promise<void> {
  const tensors = new Map<string, WritableTensor>();
  for (const [moduleName, { v, s, k, r }] of vHack.modules) {
    tensors.set(`V/${moduleName}`, { shape: [k, r], data: Float32Array.from(v) });
    if (!s.some(Number.isNaN)) tensors.set(`S/${moduleName}`, { shape: [k], data: s });
  }
  await writeSafetensors(path, tensors, vHack.metadata);
}

/**
 * Read v_hack. Rows are normalised (files with k = 1 need not be); a module without `S/` gets NaN singular values.
 *
 * @throws ArtifactError  no `V/` tensor, a shape that is not [k, r], a value that is not finite, or rows that overlap
 */
export async function readVHack(path: string): Promise<VHack> {
  if (!(await fileExists(path)))
    throw new ArtifactError(`${path}: expected a v_hack file, got none; make one with: vhack extract`);
  const file = await openSafetensors(path);
  try {
    const moduleNames = file.names.filter((name) => name.startsWith("V/")).map((name) => name.slice(2));
    if (moduleNames.length === 0)
      throw new ArtifactError(
        `${path}: expected tensors V/<module>, got ${file.names.slice(0, 3).join(", ") || "none"}; make one with: vhack extract`,
      );
    const modules = new Map<string, HackDirections>();
    for (const moduleName of moduleNames) modules.set(moduleName, await readModule(file, moduleName));
    return { modules, metadata: file.metadata };
  } finally {
    await file.close();
  }
}

async function readModule(file: SafetensorsFile, moduleName: string): Promise<HackDirections> {
  const { shape } = file.info(`V/${moduleName}`);
  const [k, r] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
  if (shape.length < 1 || shape.length > 2 || k < 1 || r < 1)
    throw new ArtifactError(`${file.path}: expected V/${moduleName} to be [k, r], got [${shape.join(", ")}]`);
  const stored = await file.readFloat64(`V/${moduleName}`);
  if (!stored.every(Number.isFinite))
    throw new ArtifactError(`${file.path}: expected finite values in V/${moduleName}, got NaN or Infinity`);
  const v = Float32Array.from(normalisedRows(stored, k, r));
  expectOrthogonalRows(v, k, r, `${file.path}: V/${moduleName}`);
  return { v, s: await readSingularValues(file, moduleName, k), k, r };
}

async function readSingularValues(file: SafetensorsFile, moduleName: string, k: number): Promise<Float64Array> {
  if (!file.has(`S/${moduleName}`)) return new Float64Array(k).fill(Number.NaN);
  const s = await file.readFloat64(`S/${moduleName}`);
  if (s.length !== k || !s.every((value) => Number.isFinite(value) && value >= 0))
    throw new ArtifactError(
      `${file.path}: expected S/${moduleName} to hold ${k} finite values >= 0, got [${Array.from(s).join(", ")}]`,
    );
  return s;
}

/** Each row divided by its norm, unless it is so already to float32 rounding or is zero: a stored unit row stays as it is. */
function normalisedRows(rows: Float64Array, k: number, r: number): Float64Array {
  const result = Float64Array.from(rows);
  for (let i = 0; i < k; i++) {
    const row = result.subarray(i * r, (i + 1) * r);
    const length = norm(row);
    if (length === 0 || Math.abs(length - 1) < 2 ** -22) continue;
    row.forEach((value, j) => (row[j] = value / length));
  }
  return result;
}

function expectOrthogonalRows(v: Float32Array, k: number, r: number, where: string): void {
  for (let i = 0; i < k; i++)
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let l = 0; l < r; l++) dot += v[i * r + l]! * v[j * r + l]!;
      if (Math.abs(dot) > largestOverlap)
        throw new ArtifactError(
          `${where}: expected orthogonal rows, got rows ${j} and ${i} with cosine ${dot.toFixed(4)}; extract it again`,
        );
    }
}
