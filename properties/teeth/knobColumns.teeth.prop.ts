import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { KnobColumns } from "../../src/adapter/knobColumns.ts";
import type { KnobLayout } from "../../src/adapter/knobTable.ts";
import { sampleIndicator } from "../../src/adapter/sampleIndicator.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { type Indicator, knobColumnsLaws, sampleIndicatorLaws, type Visits } from "../adapter/knobColumns.statements.ts";
import { rejects } from "../support/rejects.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const endIncluded: Indicator = (starts) =>
  tf.tidy(() =>
    tf.add(sampleIndicator(starts), tf.oneHot(Array.from(starts.subarray(1)), starts.at(-1)!) as tf.Tensor2D),
  );
const running: Indicator = (starts) => tf.tidy(() => tf.cumsum<tf.Tensor2D>(sampleIndicator(starts), 0));
const averaging: Indicator = (starts) =>
  tf.tidy(() => tf.divNoNan(sampleIndicator(starts), tf.sum(sampleIndicator(starts), 1, true)) as tf.Tensor2D);
const reversed: Indicator = (starts) => tf.tidy(() => tf.reverse<tf.Tensor2D>(sampleIndicator(starts), 0));

describe("teeth: sampleIndicator", () => {
  it("own tokens rejects: the next sample's first token too, the samples before too, a mean, samples reversed", async () => {
    for (const wrong of [endIncluded, running, averaging, reversed])
      await rejects(() => sampleIndicatorLaws.marksOwnTokens(wrong, [2, 1, 3]));
  });
});

const visits: Visits = { samples: 2, widths: [1, 3, 2], order: [2, 0, 1] };

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
    super.set(
      this.#layout.moduleNames[m]!,
      tf.slice(
        tf.pad(gradient, [
          [0, 0],
          [0, width],
        ]),
        [0, 0],
        [-1, width],
      ),
    );
  }
}
class PaddedInFront extends KnobColumns {
  readonly #layout: KnobLayout;
  constructor(layout: KnobLayout) {
    super({ ...layout, widths: layout.widths.map(() => layout.P) });
    this.#layout = layout;
  }
  override set(moduleName: string, gradient: tf.Tensor2D): void {
    super.set(
      moduleName,
      tf.pad(gradient, [
        [0, 0],
        [this.#layout.P - gradient.shape[1], 0],
      ]),
    );
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

describe("teeth: KnobColumns", () => {
  it("side by side rejects: the order of backward, padding in front, samples averaged", async () => {
    for (const Wrong of [AsTheyCame, PaddedInFront, OneRowForAll])
      await rejects(() => knobColumnsLaws.laysThemSideBySide(Wrong, visits));
  });
  it("freeing rejects: a column kept; missing modules rejects: zeros in their place", async () => {
    await rejects(() => knobColumnsLaws.freesThem(Hoarding, visits));
    await rejects(() => knobColumnsLaws.missesNone(ZeroForTheMissing, visits));
  });
});
