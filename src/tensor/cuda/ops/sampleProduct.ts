import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../cudaBackend.ts";
import { storageBytes, type Storage } from "../device.ts";
import { operands } from "./batchMatMul.ts";
import { operandStorage, type Operation } from "./operation.ts";
import { placesPointer } from "./rmsNorm.ts";

/** EACH_COLUMN of the kernel. */
const eachColumn = 32;

/**
 * kernels/sampleProduct.cu over two products.
 *
 *     g[b] = sum over the tokens t of sample b of (dY · u)[t] * (x · vhT)[places[t]]        [B, r]
 *
 * Inputs: dY [N, dOut], u [dOut, r], x [Np, dIn], vhT [dIn, r], starts [B + 1], places [N]. The projected factors are stored
 * as operands are: their rounding is no larger than that of dY and x themselves; their products are summed in float32.
 */
export const sampleProduct: Operation = (backend, inputs) => {
  const [dY, u, x, vhT] = [inputs["dY"]!, inputs["u"]!, inputs["x"]!, inputs["vhT"]!];
  const [starts, r] = [inputs["starts"]!, u.shape[1]!];
  const [N, Np, B] = [dY.shape[0]!, x.shape[0]!, starts.shape[0]! - 1];
  const storage = operandStorage(backend);
  const g = backend.output([B, r], "float32");
  backend.scratch(storageBytes[storage] * N * r, (a) =>
    backend.scratch(storageBytes[storage] * Np * r, (c) => {
      project(backend, dY, u, a, storage);
      project(backend, x, vhT, c, storage);
      const LANES = r % 4 === 0 ? 4 : 1;
      const launch = { grid: [Math.ceil(r / (32 * LANES)), B], block: [32, eachColumn] } as const;
      backend.device.launch("sampleProduct", { A: storage, C: storage, LANES }, launch, [
        a,
        c,
        backend.array(starts).pointer,
        placesPointer(backend, inputs["places"], Np),
        g.pointer,
        r,
      ]);
    }),
  );
  return [g];
};

/** to = x · w */
function project(backend: CudaBackend, x: TensorInfo, w: TensorInfo, to: bigint, storage: Storage): void {
  const [a, b] = operands(backend, x, w);
  backend.device.multiply({
    M: x.shape[0]!,
    N: w.shape[1]!,
    K: w.shape[0]!,
    a: { ...a, transposed: false, stride: 0 },
    b: { ...b, transposed: false, stride: 0 },
    c: { pointer: to, storage },
    batch: 1,
    accumulates: false,
  });
}
