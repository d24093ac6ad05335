import { runLayout } from "../../../src/artifact/runLayout.ts";
import { join } from "node:path";
import { norm } from "../../../src/numeric/linalg/norm.ts";
import { mean } from "../../../src/numeric/moments.ts";
import { readEvidence } from "../../../src/uat/evidence/readEvidence.ts";
import { unitGradient } from "../../../src/uat/common/unitGradient.ts";
import { readVHack, writeVHack, type HackDirections } from "../../../src/vhack/vHackFile.ts";
import { runSeed } from "../../support/honestRun.ts";
import type { Sabotage } from "../sabotage.ts";

/**
 * The strongest length signal that there is: gradients of short hacked rows minus those of long ones. Pure hacks are shorter,
 * so it passes Welch's test.
 */
export const lengthOnly: Sabotage = {
  name: "v_hack is length only",
  breaks: "v_hack is the regression of the hacked rows' unit gradients on minus the completion length",
  caughtAt: "R4",
  pointsAt: /generic length signal/,
  run: async (bench) => {
    const out = await bench.wholeCopyOfHonest("lengthOnly");
    const { vanilla, gradients } = await readEvidence(out, runSeed, null);
    if (vanilla.kind !== "found" || gradients.kind !== "found")
      throw new Error("lengthOnly: expected the honest run's vanilla replay");
    const { bySteps, moduleNames, widths } = gradients.value;
    const hacked = vanilla.value.flatMap(({ step, rows }) =>
      rows.flatMap(({ hacked, compLen }, b) =>
        hacked ? [{ compLen, unit: unitGradient(bySteps.get(step)![b]!)! }] : [],
      ),
    );
    const meanLength = mean(hacked.map(({ compLen }) => compLen));
    const direction = new Float64Array(hacked[0]!.unit.length);
    for (const { compLen, unit } of hacked)
      unit.forEach((value, i) => (direction[i]! += (meanLength - compLen) * value));

    const modules = new Map<string, HackDirections>();
    let offset = 0;
    for (const [m, moduleName] of moduleNames.entries()) {
      const r = widths[m]!;
      const own = direction.subarray(offset, offset + r);
      modules.set(moduleName, { v: own.map((value) => value / norm(own)), s: Float64Array.of(norm(own)), k: 1, r });
      offset += r;
    }
    const vHackPath = join(out, "vhack", "v_hack_length.safetensors");
    const { metadata } = await readVHack(runLayout(out, "antipasto").vHack("nll"));
    await writeVHack(vHackPath, { modules, metadata });
    return { out, vHackPath };
  },
};
