import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { KnobColumns } from "../../src/adapter/knobColumns.ts";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { permutation } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";

type Columns = new (layout: KnobLayout) => Pick<KnobColumns, "set" | "table">;

/** Widths of the layout's modules in its order, and the order in which backward meets them. */
interface Visits {
  readonly samples: number;
  readonly widths: readonly number[];
  readonly order: readonly number[];
}

const anyVisits: fc.Arbitrary<Visits> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }))
  .chain(([samples, widths]) => permutation(widths.length).map((order) => ({ samples, widths, order })));
const tooth: Visits = { samples: 2, widths: [1, 3, 2], order: [2, 0, 1] };

/** An entry that names its own place. */
const entryOf = (b: number, m: number, i: number) => 1 + b * 100 + m * 10 + i;
const nameOf = (m: number) => `module ${m}`;

async function visited(Class: Columns, { samples, widths, order }: Visits): Promise<number[][][]> {
  const columns = new Class(knobLayout(widths.map((width, m) => ({ moduleName: nameOf(m), width }))));
  const columnOf = (m: number) =>
    Array.from({ length: samples }, (_, b) => Array.from({ length: widths[m]! }, (_, i) => entryOf(b, m, i)));
  for (const m of order) tf.tidy(() => columns.set(nameOf(m), tf.tensor2d(columnOf(m))));
  const table = columns.table();
  const values = await table.array();
  table.dispose();
  return values;
}

/** Columns by the order in which they came. */
class AsTheyCame extends KnobColumns {
  readonly #layout: KnobLayout;
  #next = 0;
  constructor(layout: KnobLayout) {
    super(layout);
    this.#layout = layout;
  }
  override set(_moduleName: string, gradient: tf.Tensor2D): void {
    const m = this.#next++;
    const width = this.#layout.widths[m]!;
    const wide = tf.pad(gradient, [
      [0, 0],
      [0, width],
    ]);
    super.set(this.#layout.moduleNames[m]!, tf.slice(wide, [0, 0], [-1, width]));
  }
}
class PaddedInFront extends KnobColumns {
  readonly #P: number;
  constructor(layout: KnobLayout) {
    super({ ...layout, widths: layout.widths.map(() => layout.P) });
    this.#P = layout.P;
  }
  override set(moduleName: string, gradient: tf.Tensor2D): void {
    const padded = tf.pad(gradient, [
      [0, 0],
      [this.#P - gradient.shape[1], 0],
    ]);
    super.set(moduleName, padded);
  }
}
class OneRowForAll extends KnobColumns {
  override set(moduleName: string, gradient: tf.Tensor2D): void {
    super.set(moduleName, tf.mul(tf.onesLike(gradient), tf.mean(gradient, 0, true)));
  }
}
class Hoarding extends KnobColumns {
  override set(moduleName: string, gradient: tf.Tensor2D): void {
    super.set(moduleName, gradient);
    tf.keep(tf.clone(gradient));
  }
}
/** Zero for the modules that backward did not meet. */
class ZeroForTheMissing extends KnobColumns {
  readonly #layout: KnobLayout;
  readonly #seen = new Set<string>();
  constructor(layout: KnobLayout) {
    super(layout);
    this.#layout = layout;
  }
  override set(moduleName: string, gradient: tf.Tensor2D): void {
    this.#seen.add(moduleName);
    super.set(moduleName, gradient);
  }
  override table(): tf.Tensor3D {
    const { moduleNames, widths } = this.#layout;
    moduleNames.forEach((name, m) => this.#seen.has(name) || super.set(name, tf.zeros([2, widths[m]!])));
    return super.table();
  }
}

forEachBackend(() =>
  lawsOf<Columns>("KnobColumns", KnobColumns, (law) => {
    law("lays columns side by side in the layout's order, zero padded, whatever order they came in", {
      else: "a module's gradient is judged against another module's v_hack",
      for: [anyVisits],
      numRuns: 30,
      holds: async (Class, visits) => {
        const { samples, widths } = visits;
        const P = Math.max(...widths);
        const wanted = Array.from({ length: samples }, (_, b) =>
          widths.map((width, m) => Array.from({ length: P }, (_, i) => (i < width ? entryOf(b, m, i) : 0))),
        );
        expect(await visited(Class, visits)).toEqual(wanted);
      },
      rejects: {
        "the order of backward": [AsTheyCame, tooth],
        "padding in front": [PaddedInFront, tooth],
        "samples averaged": [OneRowForAll, tooth],
      },
    });

    law("frees its columns", {
      for: [anyVisits],
      numRuns: 30,
      holds: async (Class, visits) => {
        const before = tf.memory().numTensors;
        await visited(Class, visits);
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: { "a column kept": [Hoarding, tooth] },
    });

    law("rejects a module that backward did not visit -> ShapeError with its name", {
      else: "a gradient that nobody took reads as zero",
      for: [anyVisits],
      numRuns: 30,
      holds: async (Class, { samples, widths, order }) => {
        const message = expect.stringContaining(nameOf(order[0]!));
        const misfit = expect.objectContaining({ name: "ShapeError", message });
        await expect(visited(Class, { samples, widths, order: order.slice(1) })).rejects.toThrow(misfit);
      },
      rejects: { "zeros in their place": [ZeroForTheMissing, tooth] },
    });
  }),
);
