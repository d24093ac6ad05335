import { ArtifactError, quoted } from "../errors.ts";
import { duplicateKey } from "./duplicateKey.ts";
import { parseJson } from "./parseJson.ts";
import { bitsOf, type StoredType } from "./storedTypes.ts";

/** One tensor as the header declares it; offsets count from the first byte after the header. */
export interface TensorEntry {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Record<string, string>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/**
 * Parse and check a safetensors header against the bytes that follow it.
 *
 * Checked: JSON with no key twice, known dtypes, whole shapes, length = dtype x shape, and that the tensors tile the
 * data exactly (no overlap, no hole, nothing beyond the end), as the format demands. A cut-short file fails the last.
 *
 * @param text       the header's JSON
 * @param dataBytes  bytes in the file after the header
 * @throws ArtifactError  any of these does not hold
 * @see https://huggingface.co/docs/safetensors (format)
 */
export function parseSafetensorsHeader(text: string, dataBytes: number, path: string): SafetensorsHeader {
  const root = parseObject(text, path);
  const twice = duplicateKey(text);
  if (twice !== null) throw broken(path, "each key once in the header", `${quoted(twice)} twice`);
  const { __metadata__: metadata = {}, ...tensors } = root;
  const entries = new Map(Object.entries(tensors).map(([name, raw]) => [name, parseEntry(name, raw, path)]));
  expectTiling(entries, dataBytes, path);
  return { metadata: parseMetadata(metadata, path), entries };
}

/** The error of every bad safetensors file: what the format demands, what this file holds, what to do. */
export function broken(path: string, expected: string, got: string, cause?: unknown): ArtifactError {
  return new ArtifactError(
    `${path}: expected ${expected}, got ${got}; the file is cut short, damaged or not safetensors: fetch or make it again`,
    cause,
  );
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const root = parseJson(text, path);
    if (isRecord(root)) return root;
  } catch (cause) {
    throw broken(path, "a header that is JSON", `a header that is not (${String(cause)})`, cause);
  }
  throw broken(path, "a header that is a JSON object", "other JSON");
}

function parseMetadata(raw: unknown, path: string): Record<string, string> {
  if (!isRecord(raw)) throw broken(path, "__metadata__ to be an object", quoted(raw));
  for (const [key, value] of Object.entries(raw))
    if (typeof value !== "string") throw broken(path, `__metadata__.${key} to be a string`, quoted(value));
  return raw as Record<string, string>;
}

function parseEntry(name: string, raw: unknown, path: string): TensorEntry {
  if (!isRecord(raw)) throw broken(path, `tensor ${name} to be an object`, quoted(raw));
  const { dtype, shape, data_offsets: offsets } = raw;
  if (typeof dtype !== "string" || !Object.hasOwn(bitsOf, dtype))
    throw broken(path, `tensor ${name} to have a dtype of ${Object.keys(bitsOf).join(" ")}`, quoted(dtype));
  if (!isWholeNumbers(shape)) throw broken(path, `tensor ${name} to have a shape of whole numbers`, quoted(shape));
  if (!isWholeNumbers(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw broken(path, `tensor ${name} to have data_offsets [begin, end]`, quoted(offsets));
  const [begin, end] = offsets as [number, number];
  const known = dtype as StoredType;
  const bytes = shape.reduce((product, size) => product * size, bitsOf[known]) / 8;
  if (bytes !== end - begin)
    throw broken(
      path,
      `tensor ${name} ${known} [${shape.join(", ")}] to take ${bytes} bytes`,
      `${end - begin} by its data_offsets`,
    );
  return { dtype: known, shape, begin, end };
}

function expectTiling(entries: ReadonlyMap<string, TensorEntry>, dataBytes: number, path: string): void {
  let position = 0;
  const inOrder = [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== position)
      throw broken(path, `tensor ${name} to begin at byte ${position}, where the one before it ends`, `byte ${begin}`);
    position = end;
  }
  if (position !== dataBytes)
    throw broken(path, `${position} bytes of tensor data, as the header says`, `${dataBytes}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
