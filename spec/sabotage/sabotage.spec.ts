import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../src/tensor/backend.ts";
import { criteria } from "../../src/uat/criteria.ts";
import { judgeAll } from "../../src/uat/judge.ts";
import { readEvidence } from "../../src/uat/readEvidence.ts";
import type { Verdict } from "../../src/uat/verdict.ts";
import { honestRun, runSeed } from "../support/honestRun.ts";
import { allSabotages } from "./allSabotages.ts";
import { catchOf, sabotageTable, type Catch } from "./catches.ts";
import type { Artifacts } from "./sabotage.ts";
import { Workbench } from "./workbench.ts";

describe("the gate against itself", () => {
  let bench: Workbench;
  const catches: Catch[] = [];
  beforeAll(async () => {
    await startBackend({ name: "wasm", memoryBytes: 4 * 2 ** 30, tensorflowFolder: null });
    bench = await Workbench.open(await honestRun());
  });
  afterAll(async () => {
    await bench.close();
    const table = sabotageTable(catches, allSabotages.length);
    const out = fileURLToPath(new URL("../../out", import.meta.url));
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "sabotage.txt"), `${table}\n`);
    console.error(table);
  });

  // ELSE a refusal below says nothing: the short run would be refused without any sabotage
  it("passes the honest run's first steps: what is refused below is refused for its sabotage", async () => {
    const verdicts = await judged({ out: await bench.copyOfHonest("control"), vHackPath: null });
    expect(verdicts.map(({ id, outcome, message }) => `${id} ${outcome} ${message}`.trim())).toEqual(criteria.map(({ id }) => `${id} PASS`));
  });

  for (const sabotage of allSabotages)
    // ELSE this way of being fooled opens the gate
    it(`refuses at ${sabotage.caughtAt}: ${sabotage.name}`, async () => {
      const verdicts = await judged(await sabotage.run(bench));
      const found = catchOf(sabotage, verdicts);
      catches.push(found);
      expect(found, found.message).toMatchObject({ caught: true, gateOpens: false });
    });

  async function judged({ out, vHackPath }: Artifacts): Promise<Verdict[]> {
    return judgeAll(criteria, await readEvidence(out, runSeed, vHackPath));
  }
});
