import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { ShapeError } from "../errors.ts";
import { kernelOr } from "../tensor/kernelOr.ts";
import type { KnobLayout } from "./knobTable.ts";

/** One module's knob out of a table, [width]. */
export function knobOf(layout: KnobLayout, knobs: Tensor2D, m: number): Tensor1D {
  return tf.reshape(tf.slice(knobs, [m, 0], [1, layout.widths[m]!]), [layout.widths[m]!]);
}

/** Per-sample gradients gathered module by module, in whatever order backward meets them. */
export class KnobColumns {
  readonly #layout: KnobLayout;
  readonly #columns = new Map<string, Tensor2D>();

  constructor(layout: KnobLayout) {
    this.#layout = layout;
  }

  /** @param gradient  [B, width]; kept until {@link table} */
  set(moduleName: string, gradient: Tensor2D): void {
    this.#columns.set(moduleName, tf.keep(gradient));
  }

  /**
   * All modules side by side, zero padded, [B, M, P]; frees the columns.
   *
   * @throws ShapeError  backward did not visit a module
   */
  table(): Tensor3D {
    const { moduleNames, widths, P } = this.#layout;
    const columns = moduleNames.map((moduleName) => {
      const column = this.#columns.get(moduleName);
      if (column === undefined)
        throw new ShapeError(`per-sample gradients: expected one for ${moduleName}, got none; was backward run?`);
      return column;
    });
    const inputs = Object.fromEntries(columns.map((column, m) => [m, column]));
    const [table] = kernelOr<[Tensor3D]>("VhackKnobTable", inputs, { P }, () => {
      const padded = columns.map((column, m) =>
        tf.pad(column, [
          [0, 0],
          [0, P - widths[m]!],
        ]),
      );
      return [tf.reshape(tf.concat(padded, 1), [columns[0]!.shape[0], columns.length, P])];
    });
    tf.dispose(columns);
    this.#columns.clear();
    return table;
  }
}
