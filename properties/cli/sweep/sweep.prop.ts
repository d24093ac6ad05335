import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { preparations, sweepCells } from "../../../src/cli/sweep/sweepCells.ts";
import { readSweep } from "../../../src/cli/sweep/sweepFile.ts";
import { pueueArguments, pueueTasks } from "../../../src/cli/sweep/sweepPueue.ts";
import { sbatchArguments, slurmJobs } from "../../../src/cli/sweep/sweepSlurm.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";
import { anySweep } from "./anySweep.ts";

describe("slurmJobs", () => {
  it("every arm is an array of as many tasks as seeds, after the preparation", () =>
    fc.assert(
      fc.property(anySweep, (sweep) => {
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
      fc.property(anySweep, (sweep) => {
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
