import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend, Output } from "../cudaBackend.ts";
import { storageBytes, type DeviceArray } from "../device.ts";
import { operands } from "./batchMatMul.ts";
import { over } from "./flat.ts";
import type { Operation } from "./operation.ts";

/** What the head is given: h [N, D], w [Vocab, D], targets [N]. */
interface Head {
  readonly h: DeviceArray;
  readonly w: DeviceArray;
  readonly targets: bigint;
  readonly N: number;
  readonly D: number;
  readonly vocab: number;
  /** rows whose logits are made at once */
  readonly rows: number;
}

function headOf(backend: CudaBackend, inputs: Readonly<Record<string, TensorInfo>>, attrs: NamedAttrMap): Head {
  const [N, D] = inputs["h"]!.shape as [number, number];
  const vocab = inputs["w"]!.shape[0]!;
  const [h, w] = operands(backend, inputs["h"]!, inputs["w"]!);
  const rows = Math.max(1, Math.min(N, Math.floor((attrs["chunkBytes"] as number) / (4 * vocab))));
  return { h, w, targets: backend.array(inputs["targets"]!).pointer, N, D, vocab, rows };
}

/** Logits of the chunk of rows that starts at `start`: [rows, Vocab] in float32. */
function logitsOf(backend: CudaBackend, { h, w, D, vocab }: Head, start: number, rows: number, logits: bigint): void {
  const from = { pointer: h.pointer + BigInt(storageBytes[h.storage] * start * D), storage: h.storage };
  backend.device.multiply({
    M: rows,
    N: vocab,
    K: D,
    a: { ...from, transposed: false, stride: 0 },
    b: { ...w, transposed: true, stride: 0 },
    c: { pointer: logits, storage: "float" },
    batch: 1,
    accumulates: false,
  });
}

/**
 * Most entries of the vocabulary in one product: it is a running float32 sum, which over Qwen3's 151,936 entries can be 4e-3 off.
 * The error is at most (4096 + Vocab / 4096) u sum_id p[id] |W[id]|, u = 2^-24.
 */
const vocabularyPart = 4096;

/** The chunk's log-probabilities, and its softmax where p is not null. */
function rowLogps(
  backend: CudaBackend,
  { targets, vocab, w }: Head,
  start: number,
  rows: number,
  logits: bigint,
  logps: Output,
  p: bigint,
): void {
  const at = BigInt(4 * start);
  const LANES = vocab % 4 === 0 ? 4 : 1;
  backend.device.launch("rowLogps", { P: w.storage, LANES, PART: vocabularyPart }, { grid: [rows], block: [512] }, [
    logits,
    targets + at,
    logps.pointer + at,
    p,
    vocab,
  ]);
}

/** softmax(logits) · W of a chunk of rows, a part of the vocabulary at a time. */
function timesHead(backend: CudaBackend, { w, D, vocab }: Head, p: bigint, rows: number, result: bigint): void {
  const bytes = storageBytes[w.storage];
  for (let start = 0; start < vocab; start += vocabularyPart)
    backend.device.multiply({
      M: rows,
      N: D,
      K: Math.min(vocabularyPart, vocab - start),
      a: { pointer: p + BigInt(bytes * start * rows), storage: w.storage, transposed: false, stride: 0 },
      b: { pointer: w.pointer + BigInt(bytes * start * D), storage: w.storage, transposed: false, stride: 0 },
      c: { pointer: result, storage: "float" },
      batch: 1,
      accumulates: start > 0,
    });
}

function inChunks({ N, rows }: Head, each: (start: number, rows: number) => void): void {
  for (let start = 0; start < N; start += rows) each(start, Math.min(rows, N - start));
}

/** Log-probabilities of targets under the head, a chunk of logits at a time. Outputs: logps [N]. */
export const tokenLogps: Operation = (backend, inputs, attrs) => {
  const head = headOf(backend, inputs, attrs);
  const logps = backend.output([head.N], "float32");
  backend.scratch(4 * head.rows * head.vocab, (logits) =>
    inChunks(head, (start, rows) => {
      logitsOf(backend, head, start, rows, logits);
      rowLogps(backend, head, start, rows, logits, logps, 0n);
    }),
  );
  return [logps];
};

/**
 * The same with the derivative W[target] - softmax(logits) · W, [N, D]: the softmax is an operand of that product, so it is
 * stored as the weight is.
 */
export const tokenLogpsWithDerivative: Operation = (backend, inputs, attrs) => {
  const head = headOf(backend, inputs, attrs);
  const { N, D, vocab, rows: most, w } = head;
  const logps = backend.output([N], "float32");
  const slopes = backend.output([N, D], "float32");
  backend.scratch(4 * most * vocab, (logits) =>
    backend.scratch(storageBytes[w.storage] * most * vocab, (p) =>
      inChunks(head, (start, rows) => {
        logitsOf(backend, head, start, rows, logits);
        rowLogps(backend, head, start, rows, logits, logps, p);
        timesHead(backend, head, p, rows, slopes.pointer + BigInt(4 * start * D));
      }),
    ),
  );
  const LANES = D % 4 === 0 ? 4 : 1;
  if (N > 0)
    backend.device.launch("logpSlopes", { W: w.storage, LANES }, over((N * D) / LANES), [
      w.pointer,
      head.targets,
      slopes.pointer,
      D,
      vocab,
      N,
    ]);
  return [logps, slopes];
};
