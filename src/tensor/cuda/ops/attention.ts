import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../cudaBackend.ts";
import { reshaped, type Operation } from "./operation.ts";

/** TILE of kernels/mma.cuh. */
const tile = 64;

/** Bytes of so many tiles of heads as kernels/mma.cuh lays them out. */
function tileBytes(tiles: number, Dh: number): number {
  return 2 * tiles * tile * (16 * Math.ceil(Dh / 16) + 8);
}

/** Softmax's factor in powers of two, and the plain one. */
function scales(Dh: number): [inTwos: number, plain: number] {
  return [Math.LOG2E / Math.sqrt(Dh), 1 / Math.sqrt(Dh)];
}

/**
 * kernels/attention.cu.
 *
 * Inputs: q [Np, H, Dh], k and v [Np, Hkv, Dh], segments [S, 5] as in kernels/segments.cuh; attrs: the longest segment's
 * tokens. Outputs: y [Np, H, Dh], and what backward reads: q, k, v, y and the logarithms of softmax's sums, [Np, H].
 */
export const packedAttention: Operation = (backend, inputs, attrs) => {
  const [q, k, v, segments] = [inputs["q"]!, inputs["k"]!, inputs["v"]!, inputs["segments"]!];
  const [Np, H, Dh] = q.shape as [number, number, number];
  const y = backend.output(q.shape, "float32", "bf16");
  const lse = backend.output([Np, H], "float32");
  const launch = {
    grid: [Math.ceil((attrs["longest"] as number) / tile), H, segments.shape[0]!],
    block: [128],
    sharedBytes: tileBytes(4, Dh),
  } as const;
  backend.device.launch("attention", { DH: Dh }, launch, [
    ...[q, k, v].map((x) => backend.rounded(x).pointer),
    y.pointer,
    lse.pointer,
    backend.array(segments).pointer,
    scales(Dh)[0],
    H,
    k.shape[1]!,
  ]);
  return [y, ...[q, k, v, y].map((x) => reshaped(backend, x, x.shape)), lse];
};

/**
 * kernels/attentionDelta.cu, attentionKeyGradients.cu and attentionQueryGradients.cu.
 *
 * Inputs: dY [N, H, Dh], what {@link packedAttention} was given and gave, samples [B, 5]; attrs: the longest sample's tokens.
 * Outputs: dQ, dK, dV of the samples' tokens, [N, H, Dh] and [N, Hkv, Dh]; dV, which only products read, as bfloat16.
 */
export const packedAttentionBackward: Operation = (backend, inputs, attrs) => {
  const [N, H, Dh] = inputs["dY"]!.shape as [number, number, number];
  const Hkv = inputs["k"]!.shape[1]!;
  const dQ = backend.output([N, H, Dh], "float32");
  const dK = backend.output([N, Hkv, Dh], "float32");
  const dV = backend.output([N, Hkv, Dh], "float32", "bf16");
  backend.scratch(4 * N * H, (delta) => {
    const longest = attrs["longest"] as number;
    deltas(backend, inputs, delta, longest);
    const operands = ["q", "k", "v", "dY"].map((name) => backend.rounded(inputs[name]!).pointer);
    const before = [...operands, backend.array(inputs["lse"]!).pointer, delta];
    const after = [backend.array(inputs["samples"]!).pointer, ...scales(Dh), H, Hkv];
    const [tiles, B] = [Math.ceil(longest / tile), inputs["samples"]!.shape[0]!];
    backend.device.launch(
      "attentionKeyGradients",
      { DH: Dh, DK: dK.storage, DV: dV.storage },
      { grid: [Hkv, B, tiles], block: [128], sharedBytes: tileBytes(6, Dh) + 4 * 4 * tile },
      [...before, dK.pointer, dV.pointer, ...after],
    );
    backend.device.launch(
      "attentionQueryGradients",
      { DH: Dh, DQ: dQ.storage },
      { grid: [tiles, H, B], block: [128], sharedBytes: tileBytes(6, Dh) },
      [...before, dQ.pointer, ...after],
    );
  });
  return [dQ, dK, dV];
};

function deltas(
  backend: CudaBackend,
  inputs: Readonly<Record<string, TensorInfo>>,
  delta: bigint,
  longest: number,
): void {
  const [, H, Dh] = inputs["dY"]!.shape as [number, number, number];
  const slope = backend.array(inputs["dY"]!);
  const grid = [Math.ceil(longest / 8), H, inputs["samples"]!.shape[0]!] as const;
  backend.device.launch("attentionDelta", { DY: slope.storage }, { grid, block: [256] }, [
    slope.pointer,
    backend.rounded(inputs["y"]!).pointer,
    delta,
    backend.array(inputs["samples"]!).pointer,
    H,
    Dh,
  ]);
}
