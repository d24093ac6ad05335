import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { armNames } from "../../src/cli/grpoOptions.ts";
import { preparations, sweepCells } from "../../src/cli/sweep/sweepCells.ts";
import { readSweep, type Sweep } from "../../src/cli/sweep/sweepFile.ts";
import { pueueArguments, pueueTasks } from "../../src/cli/sweep/sweepPueue.ts";
import { sbatchArguments, slurmJobs } from "../../src/cli/sweep/sweepSlurm.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const sweeps: fc.Arbitrary<Sweep> = fc.record({
  out: fc.constant("/somewhere/out"),
  arms: fc.uniqueArray(fc.constantFrom(...armNames), { minLength: 1 }),
  seeds: fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 4 }),
  grpo: fc.constant({ steps: 15, "no-blas": true, offline: false }),
  extract: fc.constant({}),
  arm: fc.constant({}),
});

describe("sweepCells", () => {
  it("has each arm with each seed once, seed by seed; true is a bare flag, false none", () =>
    fc.assert(
      fc.property(sweeps, (sweep) => {
        const cells = sweepCells(sweep);
        expect(new Set(cells.map(({ arm, seed }) => `${arm} ${seed}`)).size).toBe(
          sweep.arms.length * sweep.seeds.length,
        );
        expect(cells.map(({ seed }) => seed)).toEqual(sweep.seeds.flatMap((seed) => sweep.arms.map(() => seed)));
        for (const { argv } of cells)
          expect(argv.join(" ")).toMatch(/^grpo --arm \w+ --seed \d+ --out \/somewhere\/out --steps 15 --no-blas$/);
      }),
    ));
  it("is preceded by one extraction per adapter and the teacher's rows of every seed", () =>
    fc.assert(
      fc.property(sweeps, (sweep) => {
        const before = preparations(sweep);
        const adapters = new Set(sweep.arms.map((arm) => arm.endsWith("_lora"))).size;
        expect(before.filter(([command]) => command === "extract").length).toBe(adapters);
        expect(before.filter((argv) => argv.at(-1) === "--teacher-only").length).toBe(sweep.seeds.length);
      }),
    ));
});

describe("slurmJobs", () => {
  it("every arm is an array of as many tasks as seeds, after the preparation", () =>
    fc.assert(
      fc.property(sweeps, (sweep) => {
        const [prepare, ...arms] = slurmJobs(sweep, ["vhack"]);
        expect(prepare!.after).toBe(null);
        expect(arms.map(({ name }) => name)).toEqual(sweep.arms);
        for (const job of arms) {
          expect(job.script).toContain(`#SBATCH --array=0-${sweep.seeds.length - 1}\n`);
          sweep.seeds.forEach((seed, task) =>
            expect(job.script).toContain(`  ${task}) vhack grpo --arm ${job.name} --seed ${seed} `),
          );
          expect(sbatchArguments(job, sweep.out, (name) => `id-of-${name}`)).toContain(
            "--dependency=afterok:id-of-prepare",
          );
        }
      }),
    ));
});

describe("pueueTasks", () => {
  it("queues the preparations, then every cell, each after the one before", () =>
    fc.assert(
      fc.property(sweeps, (sweep) => {
        const tasks = pueueTasks(sweep, ["vhack"]);
        expect(tasks.length).toBe(preparations(sweep).length + sweepCells(sweep).length);
        expect(pueueArguments(tasks[0]!, null)).not.toContain("--after");
        expect(pueueArguments(tasks.at(-1)!, "7").join(" ")).toContain("--after 7 -- vhack grpo");
      }),
    ));
});

describe("readSweep", () => {
  it("reads YAML, out relative to the file; refuses an unknown key, arm or a repeated seed by name", async () => {
    await withTemporaryFile("sweep.yaml", async (path) => {
      const read = async (text: string) => {
        await writeFile(path, text);
        return readSweep(path);
      };
      const good = "out: o\narms: [vanilla]\nseeds: [1]\n";
      expect(await read(good)).toEqual({
        out: join(path, "..", "o"),
        arms: ["vanilla"],
        seeds: [1],
        grpo: {},
        extract: {},
        arm: {},
      });
      await expect(read(`${good}ouut: 1\n`)).rejects.toThrow(/ouut/);
      await expect(read(good.replace("vanilla", "vanila"))).rejects.toThrow(ConfigError);
      await expect(read(good.replace("[1]", "[1, 1]"))).rejects.toThrow(/each of seeds once/);
      await expect(read("out: [")).rejects.toThrow(/expected YAML/);
    });
  });
});
