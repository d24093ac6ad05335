import { expect } from "vitest";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence, Missing, Unusable } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import { discrimination } from "../../../src/uat/r4/discrimination.ts";
import { manifest, withSteps } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { fewProblems } from "./fewProblems.ts";

const r4 = criteria.find(({ id }) => id === "R4")!;
const reportOf = (evidence: Evidence) => judge(r4, evidence);
const few = fewProblems(1);
const missing: Missing = { kind: "missing", path: "nowhere", command: "vhack make-it" };
const unusable: Unusable = { kind: "unusable", path: "somewhere", why: "cut short", command: "vhack make-it" };

lawsOf("R4's evidence", reportOf, (law) => {
  law("is not measured where a file is broken, or one is absent that nothing else can stand for", {
    else: "a broken or absent file is passed over, and the verdict is about less than it says",
    for: [],
    holds: (reportOf) => {
      const lacking: readonly Partial<Evidence>[] = [
        ...[missing, unusable].map((vanilla) => ({ vanilla })),
        { gradients: unusable },
        { vHack: unusable },
        { pairMeans: unusable },
        { vHack: missing, vHackIsGiven: true },
        { gradients: missing, vHackIsGiven: true },
      ];
      for (const lack of lacking) {
        const { measured, message, path } = reportOf({ ...few, ...lack });
        const said = Object.values(lack).includes(missing) ? missing : unusable;
        expect([measured, path, message.includes("vhack make-it")]).toEqual([false, said.path, true]);
      }
    },
    rejects: {
      "a broken file taken for an absent one": [
        (given) => reportOf({ ...given, gradients: given.gradients.kind === "unusable" ? missing : given.gradients }),
      ],
    },
  });

  law(
    "is the recorded column where gradients or v_hack are absent: the same headline, specificity unmeasured and the command named",
    {
      else: "a run without stored gradients passes as specific, or cannot be judged at all",
      for: [],
      holds: (reportOf) => {
        for (const lack of [{ gradients: missing }, { vHack: missing }]) {
          const { measured, headline, conditions, notes, figures } = reportOf({ ...few, ...lack });
          expect([measured, headline, figures.map(({ kind }) => kind)]).toEqual([
            true,
            reportOf(few).headline,
            ["distributions"],
          ]);
          expect(notes.map(({ label }) => label)).toEqual(
            reportOf(few)
              .notes.slice(0, 5)
              .map(({ label }) => label),
          );
          const unmeasured = conditions.filter(({ value }) => Number.isNaN(value));
          expect(unmeasured.map(({ name }) => name)).toEqual(["p_rand of t"]);
          expect(unmeasured[0]!.cause).toMatch(/nowhere is absent; make it with: vhack make-it/);
        }
      },
      rejects: {
        "specificity not asked for": [
          (given) => {
            const report = reportOf(given);
            return { ...report, conditions: report.conditions.filter(({ value }) => !Number.isNaN(value)) };
          },
        ],
      },
    },
  );

  law("may be a v_hack that the user names, and is none where it does not fit the gradients", {
    else: "a v_hack that the user names cannot be judged, or one of another model is judged as if it were this one's",
    for: [],
    holds: (reportOf) => {
      const { measured, headline } = reportOf({ ...few, vHackIsGiven: true });
      expect([measured, headline]).toEqual([true, reportOf(few).headline]);
      const narrow = new Map([["a", { v: Float64Array.of(1), s: Float64Array.of(1), k: 1, r: 1 }]]);
      const misfit = reportOf({
        ...few,
        vHack: { kind: "found", path: "elsewhere", value: { vHack: { modules: narrow, metadata: {} }, sha256: "w" } },
      });
      expect([misfit.measured, misfit.path]).toEqual([false, "elsewhere"]);
      expect(misfit.message).toMatch(/expected r = 24 for a, got r = 1.*vhack extract/);
    },
    rejects: {
      "a named file passed over": [(given) => reportOf({ ...given, vHack: few.vHack })],
    },
  });

  law("is of one model, recomputed or as recorded", {
    else: "rows of one model are scored with the pool of another",
    for: [],
    holds: (reportOf) => {
      const otherModel = withSteps(few, "pool", (steps) =>
        steps.map((step) => ({ ...step, manifest: manifest("teacher-pool", { modelHash: "another" }) })),
      );
      for (const lack of [{}, { gradients: missing }])
        expect(reportOf({ ...otherModel, ...lack }).message).toMatch(/pool step 0 was made with model another/);
    },
    rejects: {
      "the pool unasked": [(given) => reportOf({ ...given, pool: missing })],
    },
  });

  law("includes the pairs' means where they lie beside v_hack", {
    else: "the mean gradient of any completion passes for v_hack",
    for: [],
    holds: (reportOf) => {
      const means = (sign: number): Evidence => {
        if (few.vHack.kind !== "found") throw new Error("expected v_hack");
        const modules = new Map(
          [...few.vHack.value.vHack.modules].map(([name, { v, r }]) => [
            name,
            { hack: Float32Array.from(v, (x) => sign * x), clean: new Float32Array(r) },
          ]),
        );
        return { ...few, pairMeans: { kind: "found", path: "pairs", value: { modules, metadata: {} } } };
      };
      expect(reportOf(means(-1)).message).toMatch(/not its pairs' hack minus clean/);
      expect(reportOf(means(1)).message).toBe(reportOf(few).message);
    },
    rejects: {
      "means unread": [(given) => reportOf({ ...given, pairMeans: missing })],
    },
  });
});

lawsOf("discrimination", discrimination, (law) => {
  law("computes the figures of an evidence once: the same record, whoever asks", {
    else: "R4, R7 and the table of two adapters draw ten thousand permutations each",
    for: [],
    holds: (discrimination) => expect(discrimination(few) === discrimination(few)).toBe(true),
    rejects: { "figures computed anew": [(evidence) => discrimination({ ...evidence })] },
  });
});
