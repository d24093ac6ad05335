import { copyFile, mkdir } from "node:fs/promises";
import { Command } from "commander";
import { baselineLayout, defaultAdapter, runLayout } from "../artifact/runLayout.ts";
import { sha256OfFile } from "../artifact/sha256.ts";
import { ArtifactError } from "../errors.ts";
import { softwareVersion } from "../probe/softwareVersion.ts";
import { writeBaseline } from "../uat/regression/vHackBaseline.ts";
import { runCompareVHack } from "./compareVHackCommand.ts";
import { baselineFolder } from "./options/miniature.ts";
import { integer, positive } from "./options/numbers.ts";

interface AcceptOptions {
  readonly out: string;
  readonly seed: number;
  readonly baseline: string;
  readonly maxAngle: number;
  readonly why: string;
}

/** `vhack accept-vhack`: the run's v_hack becomes what later ones are held against. */
export function acceptVHackCommand(): Command {
  return new Command("accept-vhack")
    .description(
      "Record a run's v_hack and its R4 statistics as the baseline of the regression suite, with their provenance.",
    )
    .requiredOption("--why <text>", "what changed and why it is accepted; kept in the baseline")
    .option("--out <dir>", "artifacts folder of the run", "out")
    .option("--seed <n>", "seed of its replay", integer, 41)
    .option("--baseline <dir>", "folder to write", baselineFolder)
    .option("--max-angle <degrees>", "by how much a later v_hack may turn, mean over modules", positive, 10)
    .action(async ({ out, seed, baseline, maxAngle, why }: AcceptOptions) => {
      const path = runLayout(out, defaultAdapter).vHack("nll");
      const { newer: vHack, pool, rows, problems } = await runCompareVHack(path, path, out, seed);
      const { newer, tOfNewer } = pool;
      if (newer === null || tOfNewer === null)
        throw new ArtifactError(`${out}: expected a pool with a t to record, got none; see: vhack uat --out ${out}`);
      const { metadata } = vHack;
      await mkdir(baseline, { recursive: true });
      await copyFile(path, baselineLayout(baseline).vHack);
      await writeBaseline(baselineLayout(baseline).statistics, {
        t: newer.t,
        tLow: tOfNewer.low,
        tHigh: tOfNewer.high,
        effectSize: newer.effectSize,
        largestAngleDegrees: maxAngle,
        provenance: {
          why,
          rows,
          problems,
          seed,
          softwareVersion,
          source: `vhack chain --steps ${problems} --seed ${seed}`,
          vHackSha256: await sha256OfFile(path),
          modelHash: metadata["model_hash"] ?? "not recorded",
          pairsSha256: metadata["pairs_sha256"] ?? "not recorded",
          contrasts: metadata["contrasts"] ?? "not recorded",
        },
      });
      console.log(
        `${baseline}: accepted t ${newer.t.toFixed(2)} (95% ${tOfNewer.low.toFixed(2)} to ${tOfNewer.high.toFixed(2)}), effect size ${newer.effectSize.toFixed(3)}`,
      );
    });
}
