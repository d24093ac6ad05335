import { flat, over } from "./flat.ts";
import { operandStorage, reshaped, sizeOf, type Operation } from "./operation.ts";
import { placesPointer } from "./rmsNorm.ts";

/** kernels/swiglu.cu; in place of the sigmoid it keeps the gate, from which backward makes it again. */
export const swiglu: Operation = (backend, inputs) => {
  const [gate, up] = [inputs["gate"]!, inputs["up"]!];
  const [g, u] = [backend.array(gate), backend.array(up)];
  const y = backend.output(gate.shape, "float32", operandStorage(backend));
  const n = sizeOf(gate.shape);
  const { lanes, launch } = flat(n, [g.storage, y.storage]);
  if (n > 0)
    backend.device.launch("swiglu", { X: g.storage, Y: y.storage, LANES: lanes }, launch, [
      g.pointer,
      u.pointer,
      y.pointer,
      n,
    ]);
  return [y, reshaped(backend, gate, gate.shape)];
};

/** kernels/swigluBackward.cu; the gradients are operands of products only, so they are stored as those want them. */
export const swigluBackward: Operation = (backend, inputs) => {
  const [dY, gate, up] = [inputs["dY"]!, inputs["gate"]!, inputs["up"]!];
  const [rows, F] = dY.shape as [number, number];
  const [slope, g, u] = [backend.array(dY), backend.array(gate), backend.array(up)];
  const [dGate, dUp] = [0, 1].map(() => backend.output(dY.shape, "float32", operandStorage(backend))) as [
    ReturnType<typeof backend.output>,
    ReturnType<typeof backend.output>,
  ];
  const LANES = F % 4 === 0 ? 4 : 1;
  if (rows * F > 0)
    backend.device.launch(
      "swigluBackward",
      { X: g.storage, DY: slope.storage, DX: dGate.storage, LANES },
      over((rows * F) / LANES),
      [
        slope.pointer,
        g.pointer,
        u.pointer,
        placesPointer(backend, inputs["places"], gate.shape[0]!),
        dGate.pointer,
        dUp.pointer,
        F,
        rows,
      ],
    );
  return [dGate, dUp];
};
