import { flat } from "./flat.ts";
import { sizeOf, type Operation } from "./operation.ts";

/** Store a weight as products want it; a bfloat16 checkpoint's numbers stay what they are. */
export const storeWeight: Operation = (backend, inputs) => {
  const x = inputs["x"]!;
  const from = backend.array(x);
  const y = backend.output(x.shape, "float32", "bf16");
  const n = sizeOf(x.shape);
  const { lanes, launch } = flat(n, [from.storage, "bf16"]);
  const defines = { X: from.storage, Y: "bf16", "F(v)": "v", LANES: lanes };
  if (n > 0) backend.device.launch("unary", defines, launch, [from.pointer, y.pointer, n]);
  return [y];
};
