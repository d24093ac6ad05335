import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../cudaBackend.ts";
import type { Launch } from "../device.ts";
import { over, perRow } from "./flat.ts";
import { operandStorage, reshaped, sizeOf, type Operation } from "./operation.ts";

/** Rows up to this long are a warp's each, longer ones a block's. */
const mostForWarp = 512;
const warpsPerBlock = 8;

/** A warp for each of so many rows. */
export function warpPerRow(rows: number): Launch {
  return { grid: [Math.ceil(rows / warpsPerBlock)], block: [32 * warpsPerBlock] };
}

function ofRows(rows: number, D: number): { launch: Launch; defines: { WARPS: number; LANES: number } } {
  const LANES = D % 4 === 0 ? 4 : 1;
  if (D <= mostForWarp) return { launch: warpPerRow(rows), defines: { WARPS: 1, LANES } };
  return { launch: perRow(rows, D / LANES), defines: { WARPS: 0, LANES } };
}

/** kernels/rmsNorm.cu; keeps x itself and rstd, which {@link rmsNormBackward} reads. */
export const rmsNorm: Operation = (backend, inputs, attrs) => {
  const [x, weight] = [inputs["x"]!, inputs["weight"]!];
  const D = weight.shape[0]!;
  const rows = sizeOf(x.shape) / D;
  const from = backend.array(x);
  const y = backend.output(x.shape, "float32", operandStorage(backend));
  const rstd = backend.output([rows, 1], "float32");
  const { launch, defines } = ofRows(rows, D);
  if (rows > 0)
    backend.device.launch("rmsNorm", { X: from.storage, Y: y.storage, ...defines }, launch, [
      from.pointer,
      backend.array(weight).pointer,
      y.pointer,
      rstd.pointer,
      attrs["eps"] as number,
      D,
      rows,
    ]);
  return [y, reshaped(backend, x, x.shape), rstd];
};

/** kernels/rmsNormBackward.cu; `places` where rows share a forward pass, `beside` where something is to be added. */
export const rmsNormBackward: Operation = (backend, inputs) => {
  const [dY, weight, x, rstd] = [inputs["dY"]!, inputs["weight"]!, inputs["xHat"]!, inputs["rstd"]!];
  const D = weight.shape[0]!;
  const rows = sizeOf(dY.shape) / D;
  const [slope, from] = [backend.array(dY), backend.array(x)];
  const dX = backend.output(dY.shape, "float32");
  const { launch, defines } = ofRows(rows, D);
  const launched = (beside: bigint): void =>
    backend.device.launch("rmsNormBackward", { X: from.storage, DY: slope.storage, ...defines }, launch, [
      slope.pointer,
      backend.array(weight).pointer,
      from.pointer,
      backend.array(rstd).pointer,
      placesPointer(backend, inputs["places"], sizeOf(x.shape) / D),
      beside,
      dX.pointer,
      backend.roundedWith(dX),
      D,
      rows,
    ]);
  if (rows === 0) return [dX];
  if (inputs["beside"] === undefined) launched(0n);
  else backend.widened(inputs["beside"], ({ pointer }) => launched(pointer));
  return [dX];
};

/** kernels/rmsNormWeightGradient.cu. */
export const rmsNormWeightGradient: Operation = (backend, inputs) => {
  const [dY, x, rstd] = [inputs["dY"]!, inputs["xHat"]!, inputs["rstd"]!];
  const [rows, D] = dY.shape as [number, number];
  const [slope, from] = [backend.array(dY), backend.array(x)];
  const dWeight = backend.output([D], "float32");
  backend.device.launch("rmsNormWeightGradient", { X: from.storage, DY: slope.storage }, over(D), [
    slope.pointer,
    from.pointer,
    backend.array(rstd).pointer,
    dWeight.pointer,
    D,
    rows,
  ]);
  return [dWeight];
};

/** Where rows of gradients find their forward pass; null where there is one row for each. */
export function placesPointer(backend: CudaBackend, places: TensorInfo | undefined, passed: number): bigint {
  return places === undefined || places.shape[0] === passed ? 0n : backend.array(places).pointer;
}
