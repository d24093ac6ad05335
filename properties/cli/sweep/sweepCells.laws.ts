import { expect } from "vitest";
import { preparations, sweepCells } from "../../../src/cli/sweep/sweepCells.ts";
import type { Sweep } from "../../../src/cli/sweep/sweepFile.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anySweep } from "./anySweep.ts";

const sweep: Sweep = {
  out: "/somewhere/out",
  arms: ["vanilla", "projected", "projected_lora"],
  seeds: [1, 2],
  grpo: { steps: 15, "no-blas": true, offline: false },
  extract: {},
  arm: {},
};
const armByArm: typeof sweepCells = (given) => sweepCells(given).toSorted((a, b) => (a.arm < b.arm ? -1 : 1));
const withValues: typeof sweepCells = (given) =>
  sweepCells(given).map((cell) => ({ ...cell, argv: [...cell.argv, "--offline", "false"] }));

lawsOf("sweepCells", sweepCells, (law) => {
  law("has each arm with each seed once, seed by seed; true is a bare flag, false none", {
    for: [anySweep],
    holds: (cellsOf, { arms, seeds, ...rest }) => {
      const cells = cellsOf({ arms, seeds, ...rest });
      expect(new Set(cells.map(({ arm, seed }) => `${arm} ${seed}`)).size).toBe(arms.length * seeds.length);
      expect(cells.map(({ seed }) => seed)).toEqual(seeds.flatMap((seed) => arms.map(() => seed)));
      for (const { argv } of cells)
        expect(argv.join(" ")).toMatch(/^grpo --arm \w+ --seed \d+ --out \/somewhere\/out --steps 15 --no-blas$/);
    },
    rejects: { "arm by arm": [armByArm, sweep], "a flag for false": [withValues, sweep] },
  });
});

const perArm: typeof preparations = (given) => given.arms.flatMap((arm) => preparations({ ...given, arms: [arm] }));
const perSweep: typeof preparations = (given) => preparations({ ...given, seeds: given.seeds.slice(0, 1) });

lawsOf("preparations", preparations, (law) => {
  law("are one extraction per adapter and the teacher's rows of every seed", {
    for: [anySweep],
    holds: (preparationsOf, given) => {
      const before = preparationsOf(given);
      const adapters = new Set(given.arms.map((arm) => arm.endsWith("_lora"))).size;
      expect(before.filter(([command]) => command === "extract").length).toBe(adapters);
      expect(before.filter((argv) => argv.at(-1) === "--teacher-only").length).toBe(given.seeds.length);
    },
    rejects: { "one extraction per arm": [perArm, sweep], "the first seed's teacher only": [perSweep, sweep] },
  });
});
