import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../src/tensor/backend.ts";
import { criteria } from "../../src/uat/criteria.ts";
import { judgeAll } from "../../src/uat/judge.ts";
import { phase2Criteria } from "../../src/uat/criteria.ts";
import { readEvidence } from "../../src/uat/evidence/readEvidence.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { honestRun, runSeed } from "../support/honestRun.ts";
import { allPhase2Sabotages } from "./allPhase2Sabotages.ts";
import { allSabotages } from "./allSabotages.ts";
import { catchOf, sabotageDocument, sabotageTable, type Catch } from "./catches.ts";
import type { Artifacts } from "./artifacts.ts";
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
    const all = allSabotages.length + allPhase2Sabotages.length;
    const table = sabotageTable(catches, all);
    const out = fileURLToPath(new URL("../../out", import.meta.url));
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "sabotage.txt"), `${table}\n`);
    await writeFile(join(out, "sabotage.md"), sabotageDocument(catches, all));
    console.error(table);
  });

  // ELSE a refusal below says nothing: the short run would be refused without any sabotage
  it("passes the honest run's first steps: what is refused below is refused for its sabotage", async () => {
    const verdicts = await judged({ out: await bench.copyOfHonest("control"), vHackPath: null });
    expect(verdicts.map(({ id, outcome, message }) => `${id} ${outcome} ${message}`.trim())).toEqual(
      criteria.map(({ id }) => `${id} PASS`),
    );
  });

  for (const sabotage of allSabotages)
    // ELSE this way of being fooled opens the gate
    it(`refuses at ${sabotage.caughtAt}: ${sabotage.name}`, async () => {
      const verdicts = await judged(await sabotage.run(bench));
      const found = catchOf(sabotage, verdicts);
      catches.push(found);
      expect(found, found.message).toMatchObject({ caught: true, gateOpens: false });
    });

  for (const sabotage of allPhase2Sabotages)
    // ELSE this way of being fooled passes for an answer
    it(`refuses at ${sabotage.caughtAt}: ${sabotage.name}; not the honest stage in its place`, async () => {
      const found = catchOf(sabotage, judgeAll(phase2Criteria, await sabotage.run(bench, "broken")));
      catches.push(found);
      expect(found, found.message).toMatchObject({ caught: true, gateOpens: false });
      const honest = catchOf(sabotage, judgeAll(phase2Criteria, await sabotage.run(bench, "honest")));
      expect(honest.message).not.toMatch(sabotage.pointsAt);
    });

  it("docs/sabotage.md names every sabotage; npm run sabotage writes it", async () => {
    const document = await readFile(new URL("../../docs/sabotage.md", import.meta.url), "utf8");
    expect(
      [...allSabotages, ...allPhase2Sabotages]
        .map(({ name }) => name)
        .filter((name) => !document.includes(`| ${name} |`)),
    ).toEqual([]);
  });

  async function judged({ out, vHackPath }: Artifacts): Promise<Verdict[]> {
    return judgeAll(criteria, await readEvidence(out, runSeed, vHackPath));
  }
});
