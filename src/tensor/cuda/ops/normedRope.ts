import { operandStorage, reshaped, sizeOf, type Operation } from "./operation.ts";
import { placesPointer, warpPerRow } from "./rmsNorm.ts";

/** Neighbours that a lane takes: halves of heads are whole pairs, or not. */
const lanesOf = (Dh: number): number => (Dh % 4 === 0 ? 2 : 1);

/** kernels/normedRope.cu; keeps x itself and rstd, which {@link normedRopeBackward} reads. */
export const normedRope: Operation = (backend, inputs, attrs) => {
  const [x, weight, cos, sin] = [inputs["x"]!, inputs["weight"]!, inputs["cos"]!, inputs["sin"]!];
  const [N, H, Dh] = x.shape as [number, number, number];
  const from = backend.array(x);
  const y = backend.output(x.shape, "float32", operandStorage(backend));
  const rstd = backend.output([N * H, 1], "float32");
  if (N > 0)
    backend.device.launch("normedRope", { X: from.storage, Y: y.storage, LANES: lanesOf(Dh) }, warpPerRow(N * H), [
      from.pointer,
      backend.array(weight).pointer,
      backend.array(cos).pointer,
      backend.array(sin).pointer,
      y.pointer,
      rstd.pointer,
      attrs["eps"] as number,
      H,
      Dh,
      N * H,
    ]);
  return [y, reshaped(backend, x, [N * H, Dh]), rstd];
};

/** kernels/normedRopeBackward.cu; the gradient is an operand of products only, so it is stored as they want it. */
export const normedRopeBackward: Operation = (backend, inputs) => {
  const [dY, weight, x, rstd] = [inputs["dY"]!, inputs["weight"]!, inputs["xHat"]!, inputs["rstd"]!];
  const [N, H, Dh] = dY.shape as [number, number, number];
  const [slope, from] = [backend.array(dY), backend.array(x)];
  const dX = backend.output(dY.shape, "float32", operandStorage(backend));
  if (N > 0)
    backend.device.launch(
      "normedRopeBackward",
      { X: from.storage, DY: slope.storage, DX: dX.storage, LANES: lanesOf(Dh) },
      warpPerRow(N * H),
      [
        slope.pointer,
        backend.array(weight).pointer,
        from.pointer,
        backend.array(rstd).pointer,
        backend.array(inputs["cos"]!).pointer,
        backend.array(inputs["sin"]!).pointer,
        placesPointer(backend, inputs["places"], sizeOf(x.shape) / (H * Dh)),
        dX.pointer,
        H,
        Dh,
        N * H,
      ],
    );
  return [dX];
};
