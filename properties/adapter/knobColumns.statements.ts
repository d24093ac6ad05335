import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { KnobColumns } from "../../src/adapter/knobColumns.ts";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";
import type { sampleIndicator } from "../../src/adapter/sampleIndicator.ts";

export type Indicator = typeof sampleIndicator;
export type Columns = new (layout: KnobLayout) => Pick<KnobColumns, "set" | "table">;

export const sampleIndicatorLaws = {
  /** Token n is of sample b iff rowStarts[b] <= n < rowStarts[b + 1]. */
  async marksOwnTokens(indicator: Indicator, lengths: readonly number[]): Promise<void> {
    const starts = Int32Array.from([
      0,
      ...lengths.map((_, b) => lengths.slice(0, b + 1).reduce((sum, length) => sum + length, 0)),
    ]);
    const table = indicator(starts);
    const rows = await table.array();
    table.dispose();
    expect(rows).toEqual(
      lengths.map((_, b) =>
        Array.from({ length: starts.at(-1)! }, (_, n) => Number(n >= starts[b]! && n < starts[b + 1]!)),
      ),
    );
  },
};

/** Widths of the layout's modules in its order, and the order in which backward meets them. */
export interface Visits {
  readonly samples: number;
  readonly widths: readonly number[];
  readonly order: readonly number[];
}

/** An entry that names its own place. */
const entryOf = (b: number, m: number, i: number) => 1 + b * 100 + m * 10 + i;
const nameOf = (m: number) => `module ${m}`;

async function visited(Columns: Columns, { samples, widths, order }: Visits): Promise<number[][][]> {
  const columns = new Columns(knobLayout(widths.map((width, m) => ({ moduleName: nameOf(m), width }))));
  for (const m of order)
    tf.tidy(() =>
      columns.set(
        nameOf(m),
        tf.tensor2d(
          Array.from({ length: samples }, (_, b) => Array.from({ length: widths[m]! }, (_, i) => entryOf(b, m, i))),
        ),
      ),
    );
  const table = columns.table();
  const values = await table.array();
  table.dispose();
  return values;
}

export const knobColumnsLaws = {
  async laysThemSideBySide(Columns: Columns, visits: Visits): Promise<void> {
    const { samples, widths } = visits;
    const P = Math.max(...widths);
    const wanted = Array.from({ length: samples }, (_, b) =>
      widths.map((width, m) => Array.from({ length: P }, (_, i) => (i < width ? entryOf(b, m, i) : 0))),
    );
    expect(await visited(Columns, visits)).toEqual(wanted);
  },

  async freesThem(Columns: Columns, visits: Visits): Promise<void> {
    const before = tf.memory().numTensors;
    await visited(Columns, visits);
    expect(tf.memory().numTensors).toBe(before);
  },

  /** A module that backward did not meet has no gradient; zero would be a gradient. */
  async missesNone(Columns: Columns, { samples, widths, order }: Visits): Promise<void> {
    const misfit = expect.objectContaining({ name: "ShapeError", message: expect.stringContaining(nameOf(order[0]!)) });
    await expect(visited(Columns, { samples, widths, order: order.slice(1) })).rejects.toThrow(misfit);
  },
};
