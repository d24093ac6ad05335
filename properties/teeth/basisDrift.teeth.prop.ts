import { beforeAll, describe, it } from "vitest";
import { Lora } from "../../src/adapter/lora.ts";
import { basisDrift, meaningOfVHack } from "../../src/probe/replay/basisDrift.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { type Drift, driftLaws, type Meaning, meaningLaws, type Meant, pair } from "../probe/replay/basisDrift.statements.ts";
import { rejects } from "../support/rejects.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

/** The real drift, its figures tampered with. */
const retold =
  (tell: (figures: Record<string, number>) => Record<string, number>): Drift =>
  (...given) => {
    const figures = basisDrift(...given);
    return { ...figures, ...tell(figures) };
  };
const swapped = retold(({ drift_angle_a: a, drift_angle_b: b }) => ({ drift_angle_a: b!, drift_angle_b: a! }));
const degrees = retold(({ drift_angle_a: a }) => ({ drift_angle_a: (a! * 180) / Math.PI }));
const unsquared = retold(({ drift_angle_a: a }) => ({ drift_overlap: (1 + Math.cos(a!)) / 2 }));
const largestAlone = retold(({ drift_angle_a: a }) => ({ drift_overlap: Math.cos(a!) ** 2 }));
const noBNoDrift: Drift = (adapter, basis, now) => {
  const figures = basisDrift(adapter, basis, now);
  return figures["drift_angle_b"] === Math.PI / 2 ? { ...figures, drift_angle_b: 0 } : figures;
};
/** The angle between the factors as they are written, not between what they span. */
const entries: Drift = (adapter, basis, now) => {
  const firstA = (table: ArrayLike<number>) => [...(adapter as Lora).factorsOf(table).values()][0]!.loraA;
  const [was, is] = [firstA(basis.start), firstA(now)];
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return {
    ...basisDrift(adapter, basis, now),
    drift_angle_a: Math.acos(Math.min(1, dot(was, is) / Math.sqrt(dot(was, was) * dot(is, is)))),
  };
};
const knobsTurn: Drift = (adapter, basis, now) =>
  adapter instanceof Lora
    ? basisDrift(adapter, basis, now)
    : { ...basisDrift(adapter, basis, now), drift_angle_a: Math.hypot(...Array.from(now)) };

describe("teeth: basisDrift", () => {
  it("planted turns rejects: A and B swapped, degrees, cosines not squared, the largest angle for all", async () => {
    for (const wrong of [swapped, degrees, unsquared, largestAlone])
      await rejects(() => driftLaws.measuresPlantedTurns(wrong, [{ a: 0.3, b: 1 }]));
  });
  it("the basis rejects: an angle between entries", () => rejects(() => driftLaws.ignoresTheBasis(entries, 0.5, 2)));
  it("B from zero rejects: no drift where there was no subspace", () =>
    rejects(() => driftLaws.seesBComeIntoBeing(noBNoDrift)));
  it("a frozen basis rejects: knobs that moved taken for a basis that turned", () =>
    rejects(() => driftLaws.isNoneForAFrozenBasis(knobsTurn, [1, 2])));
});

const meant: Meant[] = [
  {
    start: pair([1, 0, 2, 0, 0, 1, 0, 1], [1, 0, 0, 1, 2, 0]),
    now: pair([0, 1, 1, 0, 2, 1, 0, 0], [0, 1, 1, 1, 0, 0]),
    v: pair([1, 1, 0, 0, 0, 0, 1, -1], [1, 2, 0, -1, 1, 0]),
  },
  {
    start: pair([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]),
    now: pair([1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
    v: pair([1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
  },
];
const onlyHalf =
  (half: "loraA" | "loraB"): Meaning =>
  (adapter, start, now, v) => {
    const table = Float32Array.from(v);
    const { layout, init } = adapter;
    layout.widths.forEach((width, m) => {
      const endOfA = init.rank * 4;
      table.fill(0, m * layout.P + (half === "loraA" ? endOfA : 0), m * layout.P + (half === "loraA" ? width : endOfA));
    });
    return meaningOfVHack(adapter, start, now, table);
  };
const factorsThemselves: Meaning = (adapter, start, now) => meaningOfVHack(adapter, start, now, start);
const atTheStart: Meaning = (adapter, start, _now, v) => meaningOfVHack(adapter, start, start, v);
const zerosCounted: Meaning = (adapter, start, now, v) =>
  meaningOfVHack(adapter, start, now, v) / adapter.layout.moduleNames.length;
const oneForNothing: Meaning = (...given) => meaningOfVHack(...given) || 1;

describe("teeth: meaningOfVHack", () => {
  it("differences rejects: B vA alone, vB A alone, the factors in place of v_hack, both changes taken at the start, silent modules counted as 0", async () => {
    for (const wrong of [onlyHalf("loraA"), onlyHalf("loraB"), factorsThemselves, atTheStart, zerosCounted])
      await rejects(() => meaningLaws.agreesWithDifferences(wrong, meant));
  });
  it("nothing moves rejects: 1 where v changes nothing, silent modules counted as 0", async () => {
    await rejects(() => meaningLaws.isOneWhileNothingMoves(oneForNothing, meant.slice(1)));
    await rejects(() => meaningLaws.isOneWhileNothingMoves(zerosCounted, meant));
  });
});
