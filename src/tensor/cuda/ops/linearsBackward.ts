import { operands } from "./batchMatMul.ts";
import { operandStorage, type Operation } from "./operation.ts";

/**
 * Sum of products, each added to the ones before as it is made.
 *
 *     dX = sum_i dY_i · wT_i^T        [N, dIn]
 *
 * Inputs: dY0, wT0, dY1, wT1 ...; attrs: whether only products read dX, which is then stored as they want it. A sum of several
 * is kept in float32, so that it is rounded once.
 */
export const linearsBackward: Operation = (backend, inputs, attrs) => {
  const count = Object.keys(inputs).length / 2;
  const [N, dIn] = [inputs["dY0"]!.shape[0]!, inputs["wT0"]!.shape[0]!];
  const isRounded = attrs["onlyForProducts"] === true && count === 1;
  const dX = backend.output([N, dIn], "float32", isRounded ? operandStorage(backend) : "float");
  for (let i = 0; i < count && N > 0; i++) {
    const [dY, wT] = [inputs[`dY${i}`]!, inputs[`wT${i}`]!];
    const [a, b] = operands(backend, dY, wT);
    backend.device.multiply({
      M: N,
      N: dIn,
      K: dY.shape[1]!,
      a: { ...a, transposed: false, stride: 0 },
      b: { ...b, transposed: true, stride: 0 },
      c: dX,
      batch: 1,
      accumulates: i > 0,
    });
  }
  return [dX];
};
