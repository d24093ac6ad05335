import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence, Missing, Unusable } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import { manifest, withSteps } from "../../support/evidence.ts";
import { discriminationNoteLaws, fewProblems } from "./discriminationNotes.statements.ts";

const r4 = criteria.find(({ id }) => id === "R4")!;
const reportOf = (evidence: Evidence) => judge(r4, evidence);
const seed = fc.nat(1e6);
const runs = { numRuns: 3 };
const few = fewProblems(1);

describe("R4's notes", () => {
  // ELSE the report's lines beside the verdict are about other rows, buckets or statistics than they say
  it("agree with the rows: every figure, computed again from the stored gradients", () =>
    fc.assert(
      fc.property(seed, (drawn) => discriminationNoteLaws.agreesWithTheRows(reportOf, drawn)),
      runs,
    ));

  it("show their values: each number that a note holds stands in its text", () =>
    discriminationNoteLaws.showsItsValues(reportOf, few));

  // ELSE a mean of no rows reads as a measured 0
  it("say what is not there: no rows in a bucket, or none at all", () =>
    fc.assert(
      fc.property(seed, (drawn) => discriminationNoteLaws.saysWhatIsNotThere(reportOf, drawn)),
      runs,
    ));

  // ELSE a shuffled control that passes as v_hack does goes unseen
  it("rank each control as v_hack is ranked, and say of each other one what is the matter", () =>
    fc.assert(
      fc.property(seed, (drawn) => discriminationNoteLaws.ranksControls(reportOf, drawn)),
      runs,
    ));

  it("give what the pairs contrast, or that the file does not say", () => {
    if (few.vHack.kind !== "found") throw new Error("expected v_hack");
    const { vHack } = few.vHack.value;
    const silent: Evidence = {
      ...few,
      vHack: { ...few.vHack, value: { ...few.vHack.value, vHack: { ...vHack, metadata: { model_hash: "model" } } } },
    };
    expect(reportOf(silent).notes.find(({ label }) => label === "the pairs contrast")!.text).toBe(
      "not recorded in the file",
    );
  });
});

describe("R4's pictures", () => {
  // ELSE the picture shows another distribution than the one that decided
  it("hold the rows' cosines by bucket, the draws, and the real figures that p_rand ranks", () =>
    fc.assert(
      fc.property(seed, (drawn) => discriminationNoteLaws.picturesTheRows(reportOf, drawn)),
      runs,
    ));
});

const missing: Missing = { kind: "missing", path: "nowhere", command: "vhack make-it" };
const unusable: Unusable = { kind: "unusable", path: "somewhere", why: "cut short", command: "vhack make-it" };

describe("R4's evidence", () => {
  // ELSE a broken or absent file is passed over, and the verdict is about less than it says
  it("is not measured where a file is broken, or one is absent that nothing else can stand for", () => {
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
  });

  // ELSE a run without stored gradients passes as specific, or cannot be judged at all
  it("is the recorded column where gradients or v_hack are absent: the same headline, specificity unmeasured and the command named", () => {
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
  });

  // ELSE a v_hack that the user names cannot be judged, or one of another model is judged as if it were this one's
  it("may be a v_hack that the user names, and is none where it does not fit the gradients", () => {
    const { measured, headline } = reportOf({ ...few, vHackIsGiven: true });
    expect([measured, headline]).toEqual([true, reportOf(few).headline]);
    const narrow = new Map([["a", { v: Float64Array.of(1), s: Float64Array.of(1), k: 1, r: 1 }]]);
    const misfit = reportOf({
      ...few,
      vHack: { kind: "found", path: "elsewhere", value: { vHack: { modules: narrow, metadata: {} }, sha256: "w" } },
    });
    expect([misfit.measured, misfit.path]).toEqual([false, "elsewhere"]);
    expect(misfit.message).toMatch(/expected r = 24 for a, got r = 1.*vhack extract/);
  });

  // ELSE rows of one model are scored with the pool of another
  it("is of one model, recomputed or as recorded", () => {
    const otherModel = withSteps(few, "pool", (steps) =>
      steps.map((step) => ({ ...step, manifest: manifest("teacher-pool", { modelHash: "another" }) })),
    );
    for (const lack of [{}, { gradients: missing }])
      expect(reportOf({ ...otherModel, ...lack }).message).toMatch(/pool step 0 was made with model another/);
  });

  // ELSE the mean gradient of any completion passes for v_hack
  it("includes the pairs' means where they lie beside v_hack", () => {
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
  });
});
