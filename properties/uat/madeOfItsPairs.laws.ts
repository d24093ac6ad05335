import { expect } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import type { Condition } from "../../src/uat/measurement.ts";
import type { PairMeans } from "../../src/vhack/pairMeansFile.ts";
import type { VHack } from "../../src/vhack/vHackFile.ts";
import { norm } from "../support/tolerance.ts";

type Check = (vHack: VHack, means: PairMeans) => Condition;
type Mix = (hack: Float32Array, clean: Float32Array, module: number) => Float64Array;

const r = 30;

/** Pairs whose completions share much of their gradient, and the v_hack that `mix` makes of them. */
export function pairWorld(seed: number, loss: "nll" | "grpo", mix: Mix): { vHack: VHack; means: PairMeans } {
  const metadata = { loss, direction: "mean", pairs_sha256: "p" };
  const directions = new Map<string, { v: Float64Array; s: Float64Array; k: number; r: number }>();
  const modules = new Map<string, { hack: Float32Array; clean: Float32Array }>();
  for (let m = 0; m < 4; m++) {
    const rng = seededRng(seed, "pairs", m);
    const shared = Float32Array.from({ length: r }, () => rng.normal());
    const own = () => shared.map((value) => 0.7 * value + 0.5 * rng.normal());
    const [hack, clean] = [own(), own()];
    modules.set(`${m}`, { hack, clean });
    const mixed = mix(hack, clean, m);
    const length = norm(mixed);
    directions.set(`${m}`, { v: mixed.map((value) => value / length), s: Float64Array.of(1), k: 1, r });
  }
  return { vHack: { modules: directions, metadata }, means: { modules, metadata } };
}

export const hackMinusClean: Mix = (hack, clean) => Float64Array.from(hack, (value, j) => value - clean[j]!);
export const hackPlusClean: Mix = (hack, clean) => Float64Array.from(hack, (value, j) => value + clean[j]!);

/** Ways in which a v_hack is not what it says. */
export const impostors: Readonly<Record<string, Mix>> = {
  "the mean gradient of any completion": hackPlusClean,
  "the hack completions' mean": (hack) => Float64Array.from(hack),
  "hack and clean swapped": (hack, clean) => Float64Array.from(hack, (value, j) => clean[j]! - value),
  "labels shuffled over modules": (hack, clean, m) => hackMinusClean(hack, clean, m).map((value) => (m % 2 === 0 ? value : -value)),
  "a random direction": (hack, _clean, m) => Float64Array.from(hack, () => seededRng(1, "random", m).normal()).map((_, j) => seededRng(1, m, j).normal()),
};

const holds = ({ value, relation, bound }: Condition) => (relation === "at least" ? value >= bound : value > bound);

/** Laws of the check, for the real one and for its mutants. */
export const pairLaws = {
  accepts(check: Check, seed: number): void {
    const nll = pairWorld(seed, "nll", hackMinusClean);
    expect(holds(check(nll.vHack, nll.means))).toBe(true);
    // the contrastive loss gives the clean gradient its sign
    const grpo = pairWorld(seed, "grpo", hackPlusClean);
    expect(holds(check(grpo.vHack, grpo.means))).toBe(true);
  },

  refuses(check: Check, seed: number, mix: Mix): void {
    const { vHack, means } = pairWorld(seed, "nll", mix);
    expect(holds(check(vHack, means))).toBe(false);
  },

  refusesOtherPairs(check: Check, seed: number): void {
    const { vHack, means } = pairWorld(seed, "nll", hackMinusClean);
    expect(holds(check(vHack, { ...means, metadata: { ...means.metadata, pairs_sha256: "q" } }))).toBe(false);
  },
};
