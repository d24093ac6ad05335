import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baselineLayout, runLayout } from "../src/artifact/runLayout.ts";
import { baselineFolder } from "../src/cli/options/miniature.ts";
import { runCompareVHack } from "../src/cli/compareVHackCommand.ts";
import { readBaseline } from "../src/uat/regression/vHackBaseline.ts";
import { regressions } from "../src/uat/regression/vHackRegression.ts";
import { honestRun, runSeed } from "./support/honestRun.ts";
import { runVHack } from "./support/runVHack.ts";

/**
 * Claim: the v_hack of these artifacts is at least as good as the one that was accepted.
 * Falsified by: R4's t below the baseline's 95% interval, or a subspace turned by more than the baseline states.
 * From: VHACK_OUT (or the miniature's run) against VHACK_BASELINE (or fixtures/baseline).
 */
describe("v_hack against its baseline", () => {
  const layout = (out: string) => runLayout(out, "antipasto");
  const baselineOf = () => process.env["VHACK_BASELINE"] ?? baselineFolder;

  async function regressionsOf(newer: string, out: string): Promise<string[]> {
    const baseline = await readBaseline(baselineLayout(baselineOf()).statistics);
    const { modules, pool } = await runCompareVHack(
      baselineLayout(baselineOf()).vHack,
      newer,
      out,
      Number(process.env["VHACK_SEED"] ?? runSeed),
    );
    return regressions(baseline, modules, pool);
  }

  // ELSE new pairs, a new loss or a new model spoiled v_hack, and nobody noticed before the sweep
  it("on these artifacts: T4 within the baseline's interval or above, subspace within the stated angle", async () => {
    const out = process.env["VHACK_OUT"] ?? (await honestRun());
    const found = await regressionsOf(layout(out).vHack("nll"), out);
    const advice = `if the change is meant, accept it with: vhack accept-vhack --out ${out} --why "..."`;
    expect(found, `${found.join("; ")}; ${advice}`).toEqual([]);
  });

  // ELSE the suite above passes for anything
  it("refuses a random v_hack: t below the interval, subspace turned", async () => {
    const out = await honestRun();
    const found = await regressionsOf(layout(out).control("random"), out);
    expect(found.join("; ")).toMatch(/T4 fell.*subspace turned/);
  });

  it("records an accepted v_hack with its provenance, against which the same run does not regress", async () => {
    const scratch = await mkdtemp(join(tmpdir(), "vhack-baseline-"));
    const out = await honestRun();
    const { stdout } = await runVHack(["accept-vhack", "--out", out, "--baseline", scratch, "--why", "a test"]);
    expect(stdout).toContain("accepted t");
    const baseline = await readBaseline(baselineLayout(scratch).statistics);
    expect(baseline.provenance).toMatchObject({ why: "a test", seed: runSeed });
    const own = baselineLayout(scratch).vHack;
    const { modules, pool } = await runCompareVHack(own, layout(out).vHack("nll"), out, runSeed);
    expect(regressions(baseline, modules, pool)).toEqual([]);
    await rm(scratch, { recursive: true });
  });

  it("compare-vhack prints angles per module and the paired change of t", async () => {
    const out = await honestRun();
    const files = [layout(out).vHack("nll"), layout(out).control("pairs_matched_body")];
    const { stdout } = await runVHack(["compare-vhack", ...files, "--out", out]);
    expect(stdout).toMatch(/model\.layers\.0\.self_attn\.q_proj +\d/);
    expect(stdout).toMatch(/change of t, paired 95% +-\d/);
  });
});
