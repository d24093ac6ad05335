import { readStep, writeStep } from "../../../src/artifact/manifest.ts";
import { poolFolder } from "../../../src/probe/pool/teacherPool.ts";
import type { Sabotage } from "../sabotage.ts";

export const duplicatedRows: Sabotage = {
  name: "duplicated rows",
  breaks: "a pool step is written with each of its rows twice",
  caughtAt: "R1",
  pointsAt: /duplicated rows/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("duplicatedRows");
    const { rows, manifest } = await readStep(poolFolder(out), 2);
    await writeStep(poolFolder(out), 2, [...rows, ...rows], manifest!);
    return { out, vHackPath: null };
  },
};
