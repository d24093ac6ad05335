import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { writeStep } from "../../../src/artifact/manifest.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import type { Phase2Evidence } from "../../../src/uat/evidence/phase2Evidence.ts";
import { readEvidence } from "../../../src/uat/evidence/readEvidence.ts";
import { hasPhase2, readPhase2Evidence } from "../../../src/uat/evidence/readPhase2Evidence.ts";
import { writePairMeans } from "../../../src/vhack/pairMeansFile.ts";
import { writeVHack } from "../../../src/vhack/vHackFile.ts";
import { manifest, rolloutRow, vHackOf } from "../../support/evidence.ts";
import { healthy as antipasto, direction } from "../../support/healthyRun.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";

const armNames = [
  "vanilla",
  "projected",
  "random_v",
  "vanilla_lora",
  "projected_lora",
  "random_v_lora",
  "routed",
] as const;

const inFolder = (use: (out: string) => Promise<void>) => withTemporaryFile("out", use);

const write = (folder: string, arm: string) =>
  writeStep(folder, 0, { rows: [rolloutRow({ arm })], padTokenId: 0, manifest: manifest("grpo", {}) });

const missing = { kind: "missing", path: "", command: "" } as const;

const absent = Object.fromEntries(armNames.map((arm) => [arm, missing])) as Phase2Evidence["arms"];

const none: Phase2Evidence = {
  antipasto,
  lora: { ...antipasto, vanilla: missing },
  arms: absent,
  vHackGrpo: missing,
  pairMeansGrpo: missing,
};

/** Phase 2 with LoRA's own evidence. */
const readBoth = async (out: string, seed: number, antipasto: Evidence) =>
  readPhase2Evidence(out, seed, antipasto, await readEvidence(out, seed, null, "lora"));

lawsOf("readPhase2Evidence", readBoth, (law) => {
  law("names the command of everything that is not there, and where it was looked for", {
    else: "the researcher is sent to make the wrong thing",
    for: [],
    holds: (read) =>
      inFolder(async (out) => {
        const { antipasto: handedOn, lora, arms, vHackGrpo, pairMeansGrpo } = await read(out, 5, antipasto);
        const flags = `--seed 5 --out ${out}`;
        expect(handedOn).toBe(antipasto);
        const missing = (arm: string) => ({
          kind: "missing",
          path: join(out, "probe_grpo", `${arm}_seed5`),
          command: `vhack grpo --arm ${arm} ${flags}`,
        });
        expect(arms).toEqual(Object.fromEntries(armNames.map((arm) => [arm, missing(arm)])));
        expect(vHackGrpo).toEqual({
          kind: "missing",
          path: join(out, "vhack", "v_hack_grpo.safetensors"),
          command: `vhack extract --loss grpo ${flags}`,
        });
        expect(pairMeansGrpo).toMatchObject({
          kind: "missing",
          command: `vhack extract --loss grpo --overwrite ${flags}`,
        });
        const replay = {
          path: join(out, "probe_distill", "vanilla_lora_seed5"),
          command: `vhack replay --arm vanilla --adapter lora ${flags}`,
        };
        expect(lora.vanilla).toEqual({ kind: "missing", ...replay });
      }),
    rejects: {
      "AntiPaSTO's replays for LoRA's": [
        async (...given) => {
          const found = await readBoth(...given);
          return { ...found, lora: found.antipasto };
        },
      ],
      "commands for another seed": [(out, seed, antipasto) => readBoth(out, seed + 1, antipasto)],
    },
  });

  law("reads every arm, LoRA's replays and the contrastive v_hack with its pairs from their own places", {
    else: "an arm is judged on another arm's steps",
    for: [],
    holds: (read) =>
      inFolder(async (out) => {
        await Promise.all(armNames.map((arm) => write(join(out, "probe_grpo", `${arm}_seed5`), arm)));
        await write(join(out, "probe_distill", "projected_lora_seed5"), "LoRA's replay");
        const path = join(out, "vhack", "v_hack_grpo.safetensors");
        await writeVHack(path, vHackOf(direction, "").vHack);
        await writePairMeans(path, { moduleNames: ["a"], widths: Int32Array.of(2), P: 2 }, [1, 2], [3, 4], {});
        const found = await read(out, 5, antipasto);
        expect(armNames.map((arm) => found.arms[arm])).toMatchObject(
          armNames.map((arm) => ({ kind: "found", value: [{ step: 0, rows: [{ arm }] }] })),
        );
        expect(found.lora.projected).toMatchObject({ kind: "found", value: [{ rows: [{ arm: "LoRA's replay" }] }] });
        expect(found.vHackGrpo).toMatchObject({ kind: "found", path });
        const modules = new Map([["a", { hack: Float32Array.of(1, 2), clean: Float32Array.of(3, 4) }]]);
        expect(found.pairMeansGrpo).toMatchObject({ kind: "found", value: { modules } });
        await writeFile(path, "cut short");
        expect((await read(out, 5, antipasto)).vHackGrpo).toMatchObject({ kind: "unusable", path });
      }),
    rejects: {
      "LoRA's arms for AntiPaSTO's": [
        async (...given) => {
          const found = await readBoth(...given);
          return {
            ...found,
            arms: { ...found.arms, vanilla: found.arms.vanilla_lora, projected: found.arms.projected_lora },
          };
        },
      ],
      "the pairs' means unread": [async (...given) => ({ ...(await readBoth(...given)), pairMeansGrpo: missing })],
    },
  });
});

lawsOf("hasPhase2", hasPhase2, (law) => {
  law(
    "holds from the first thing that was made, broken or whole: an arm, LoRA's vanilla replay, the contrastive v_hack",
    {
      else: "a run of the gate alone is told that R5 to R7 failed, or a broken arm is passed over in silence",
      for: [],
      holds: (has) => {
        expect(has(none)).toBe(false);
        const broken = { kind: "unusable", path: "", why: "cut short", command: "" } as const;
        for (const reading of [broken, antipasto.vanilla]) {
          for (const arm of armNames) expect(has({ ...none, arms: { ...absent, [arm]: reading } })).toBe(true);
          expect(has({ ...none, lora: { ...none.lora, vanilla: reading } })).toBe(true);
        }
        expect(has({ ...none, vHackGrpo: broken })).toBe(true);
      },
      rejects: {
        "whole things only": [
          ({ vHackGrpo, ...rest }) =>
            hasPhase2({ ...rest, vHackGrpo: vHackGrpo.kind === "found" ? vHackGrpo : missing }),
        ],
        "arms alone": [(evidence) => hasPhase2({ ...evidence, lora: none.lora })],
        always: [() => true],
      },
    },
  );
});
