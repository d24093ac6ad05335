import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { ropeTable } from "../../src/nn/rope.ts";
import { dot, headsOf, rowsOf } from "../reference/layers.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";
import type { AttentionCase } from "./attention.cases.ts";
import type { Layer } from "./layer.statements.ts";
import type { RmsNormCase } from "./rmsNorm.cases.ts";
import type { RopeCase } from "./rope.cases.ts";
import type { TokenLogpsCase } from "./tokenLogps.cases.ts";

/** What a layer makes of these values instead of the example's own. */
export async function outputOf(
  layer: Layer,
  example: { inputs: RmsNormCase["inputs"] },
  values: readonly (readonly number[])[],
): Promise<Float32Array> {
  const xs = example.inputs.map(({ shape }, i) => tf.tensor([...values[i]!], [...shape], "float32"));
  const { y, saved } = layer.forward(xs);
  const found = (await y.data()) as Float32Array;
  tf.dispose([xs, y, saved]);
  return found;
}

/** Laws that belong to one layer each. */
export const rmsNormLaws = {
  /** Scaling by a power of two is exact; eps is what breaks the invariance, so it is scaled too. */
  async ignoresScale(layerOf: (eps: number) => Layer, example: RmsNormCase): Promise<void> {
    const [x, weight] = example.inputs.map(({ values }) => values) as [number[], number[]];
    const plain = await outputOf(layerOf(example.eps), example, [x, weight]);
    const scaled = await outputOf(layerOf(example.eps * 16), example, [x.map((value) => 4 * value), weight]);
    expectEachWithin(scaled, plain, gamma(example.roundings, unitRoundoff32), "rmsNorm(4 x)");
  },
};

export const ropeLaws = {
  async keepsNorms(layerOf: (example: RopeCase) => Layer, example: RopeCase): Promise<void> {
    const [, H, Dh] = example.yShape as [number, number, number];
    const x = example.inputs[0]!.values;
    const turned = headsOf(await outputOf(layerOf(example), example, [x]), H, Dh).flat();
    headsOf(x, H, Dh)
      .flat()
      .forEach((head, i) =>
        expectWithin(norm(turned[i]!), norm(head), gamma(example.roundings, unitRoundoff32) * norm(head), "|rope(x)|"),
      );
  },

  /** <rope(q, m), rope(k, n)> depends on m - n alone; the angle's rounding grows with the position, so positions stay small. */
  async knowsRelativePositionOnly(
    layerOf: (example: RopeCase) => Layer,
    example: RopeCase,
    shift: number,
  ): Promise<void> {
    const at = (positions: readonly number[]): RopeCase => ({ ...example, positions });
    const [, H, Dh] = example.yShape as [number, number, number];
    const small = example.positions.map((position) => position % 64);
    const x = example.inputs[0]!.values;
    const turned = async (positions: readonly number[]) =>
      headsOf(await outputOf(layerOf(at(positions)), example, [x]), H, Dh).map(([head]) => head!);
    const [here, there] = [await turned(small), await turned(small.map((position) => position + shift))];
    here.forEach((q, m) =>
      here.forEach((k, n) =>
        expectWithin(
          dot(there[m]!, there[n]!),
          dot(q, k),
          4 * gamma(example.roundings, unitRoundoff32) * norm(q) * norm(k),
          `tokens ${m}, ${n}`,
        ),
      ),
    );
  },

  /** cos and sin of the table are the float32 nearest to the true ones, however far the position. */
  isExactFarAway(position: number, theta: number): void {
    const table = ropeTable([position], 4, theta);
    const [cos, sin] = [table.cos.dataSync(), table.sin.dataSync()];
    tf.dispose([table.cos, table.sin, table.rotate]);
    [position, position / theta ** 0.5].forEach((angle, i) => {
      expectWithin(cos[i]!, Math.cos(angle), unitRoundoff32, "cos");
      expectWithin(sin[i]!, Math.sin(angle), unitRoundoff32, "sin");
    });
  },
};

export const attentionLaws = {
  /** Tokens after t change nothing at or before t, bit for bit. */
  async isCausal(layer: Layer, example: AttentionCase, t: number): Promise<void> {
    const { T, Hkv, G, Dh } = example.size;
    const seen = Math.min(t, T - 1) + 1;
    const values = example.inputs.map(({ values }) => values);
    const later = values.map((part, i) =>
      part.map((value, j) => (j < seen * (i === 0 ? Hkv * G : Hkv) * Dh ? value : 3 - value)),
    );
    const [plain, changed] = [await outputOf(layer, example, values), await outputOf(layer, example, later)];
    expect([...changed.subarray(0, seen * Hkv * G * Dh)]).toEqual([...plain.subarray(0, seen * Hkv * G * Dh)]);
  },

  /** With equal values everywhere the output is that value: probabilities sum to one. */
  async averages(layer: Layer, example: AttentionCase): Promise<void> {
    const [q, k, v] = example.inputs.map(({ values }) => values);
    const found = await outputOf(layer, example, [q!, k!, v!.map(() => 2)]);
    for (const value of found) expectWithin(value, 2, 2 * gamma(example.roundings, unitRoundoff32), "average of twos");
  },
};

export const tokenLogpsLaws = {
  /** exp of every token's log-probability: they sum to one, and none exceeds one. */
  async isDistribution(layerOf: (targets: readonly number[]) => Layer, example: TokenLogpsCase): Promise<void> {
    const [h, w] = example.inputs as [TokenLogpsCase["inputs"][number], TokenLogpsCase["inputs"][number]];
    const [Vocab, D] = w.shape as [number, number];
    const bound = gamma(example.roundings, unitRoundoff32) * (1 + example.forwardScale);
    const first = h.values.slice(0, D);
    const inputs = [{ shape: [Vocab, D], values: Array.from({ length: Vocab }, () => first).flat() }, w];
    const logps = await outputOf(
      layerOf(Array.from({ length: Vocab }, (_, id) => id)),
      { inputs },
      inputs.map(({ values }) => values),
    );
    expectWithin(
      logps.reduce((sum, logp) => sum + Math.exp(logp), 0),
      1,
      Vocab * bound,
      "sum of probabilities",
    );
    for (const logp of logps) expect(logp).toBeLessThanOrEqual(bound);
  },

  /** A vector added to every row of the head shifts all logits alike. */
  async ignoresShift(layerOf: (targets: readonly number[]) => Layer, example: TokenLogpsCase): Promise<void> {
    const [h, w] = example.inputs.map(({ values }) => values) as [number[], number[]];
    const plain = await outputOf(layerOf(example.targets), example, [h, w]);
    const shifted = await outputOf(layerOf(example.targets), example, [h, w.map((value) => Math.fround(value + 2))]);
    const D = h.length / example.targets.length;
    // logits grow by 2 |h|_1, and every weight was rounded once more
    const size = example.forwardScale + Math.max(...rowsOf(h, D).map((row) => 4 * Math.sqrt(D) * 8 * norm(row)));
    plain.forEach((logp, n) =>
      expectWithin(shifted[n]!, logp, 2 * gamma(example.roundings, unitRoundoff32) * size, `token ${n}`),
    );
  },
};

function expectEachWithin(found: Float32Array, wanted: Float32Array, relative: number, what: string): void {
  found.forEach((value, i) => expectWithin(value, wanted[i]!, relative * Math.abs(wanted[i]!), what));
}
