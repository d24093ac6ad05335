import fc from "fast-check";
import { expect } from "vitest";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import { provenance } from "../../../src/uat/common/provenance.ts";
import type { Evidence, Found, StageEvidence, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { manifest } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";

type Provenance = (evidence: Evidence, stages: readonly Stage[]) => Condition;

const stageNames = ["pool", "vanilla", "projected"] as const;
type Stage = (typeof stageNames)[number];

/** What one artifact says it was made with; null: it says nothing of it. */
interface Claims {
  readonly model: string;
  readonly tokenizer: string;
  readonly vHack: string | null;
  readonly basis: string | null;
}

/** Who claims what: per stage its steps (null: a step without a manifest), or null where the stage is absent; the v_hack file's own. */
interface Claimed {
  readonly stages: Readonly<Record<Stage, readonly (Claims | null)[] | null>>;
  readonly vHack: { readonly model: string | null; readonly sha256: string; readonly basis: string | null } | null;
  readonly isGiven: boolean;
}

/** Hashes agree mostly, so that one conflict stands alone. */
const hash = fc.oneof(
  { weight: 5, arbitrary: fc.constant("same") },
  { weight: 1, arbitrary: fc.constantFrom("other", "third") },
);

const silently = (of: fc.Arbitrary<string>) => fc.option(of, { freq: 3 });

const claims = fc.record({ model: hash, tokenizer: hash, vHack: silently(hash), basis: silently(hash) });
const steps = fc.option(fc.array(fc.option(claims, { freq: 4 }), { minLength: 1, maxLength: 3 }), { freq: 6 });

const anyClaimed: fc.Arbitrary<Claimed> = fc.record({
  stages: fc.record({ pool: steps, vanilla: steps, projected: steps }),
  vHack: fc.option(fc.record({ model: silently(hash), sha256: hash, basis: silently(hash) }), { freq: 4 }),
  isGiven: fc.boolean(),
});

const anyStages = fc.subarray([...stageNames], { minLength: 1 });
const missing = { kind: "missing", path: "", command: "" } as const;

/** Evidence of which nothing but the claims is there. */
function evidenceOf({ stages, vHack, isGiven }: Claimed): Evidence {
  const stage = (name: Stage) => {
    const given = stages[name];
    if (given === null) return missing;
    const value: StageEvidence = given.map((one, step) => ({
      step,
      path: "",
      rows: [],
      manifest:
        one === null
          ? null
          : manifest(name, {
              modelHash: one.model,
              tokenizerHash: one.tokenizer,
              vHackHash: one.vHack,
              config: { adapter: one.basis ?? { rank: 8 } },
            }),
    }));
    return { kind: "found", path: name, value } as const;
  };
  const saying = (name: string, hash: string | null) => (hash === null ? {} : { [name]: hash });
  const file = (given: NonNullable<Claimed["vHack"]>): Found<VHackEvidence> => {
    const metadata = { ...saying("model_hash", given.model), ...saying("knobs", given.basis) };
    return {
      kind: "found",
      path: "the v_hack file",
      value: { sha256: given.sha256, vHack: { modules: new Map(), metadata } },
    };
  };
  return {
    seed: 1,
    pool: stage("pool"),
    vanilla: stage("vanilla"),
    projected: stage("projected"),
    gradients: missing,
    pairMeans: missing,
    controls: new Map(),
    vHackIsGiven: isGiven,
    vHack: vHack === null ? missing : file(vHack),
  };
}

/** All that is claimed of one thing, by whom, in the order of the chain: the stages' steps, then the file. */
function saidOf(
  thing: keyof Claims,
  { stages, vHack, isGiven }: Claimed,
  asked: readonly Stage[],
): [by: string, hash: string][] {
  const said: [string, string | null][] = [];
  for (const name of asked)
    stages[name]?.forEach((one, step) => said.push([`${name} step ${step}`, one === null ? null : one[thing]]));
  if (vHack !== null && asked.some((name) => name !== "pool"))
    said.push([
      "the v_hack file",
      { model: vHack.model, tokenizer: null, vHack: isGiven ? null : vHack.sha256, basis: vHack.basis }[thing],
    ]);
  return said.flatMap(([by, hash]): [string, string][] => (hash === null ? [] : [[by, hash]]));
}

const step = { model: "same", tokenizer: "same", vHack: "same", basis: "same" };

const claimed: Claimed = {
  stages: { pool: [step], vanilla: [step, { ...step, basis: "other" }], projected: null },
  vHack: { model: "other", sha256: "third", basis: null },
  isGiven: true,
};

lawsOf<Provenance>("provenance", provenance, (law) => {
  law(
    "finds disagreements: as many conflicts as things with two hashes; what nobody claims, and a v_hack that was given, conflicts with nothing",
    {
      else: "figures of two models, tokenizers, bases or v_hacks are compared as if they were of one",
      for: [anyClaimed, anyStages],
      holds: (provenance, claimed, stages) => {
        const { value, cause, relation, bound, decides } = provenance(evidenceOf(claimed), stages);
        const things = [
          ["model", "model"],
          ["tokenizer", "tokenizer"],
          ["knob basis", "basis"],
          ["v_hack", "vHack"],
        ] as const;
        const torn = things.filter(
          ([, thing]) => new Set(saidOf(thing, claimed, stages).map(([, hash]) => hash)).size > 1,
        );
        expect([value, relation, bound, decides]).toEqual([torn.length, "at most", 0, "pass"]);
        const told = cause === "" ? [] : cause.split("; ");
        expect(told).toHaveLength(torn.length);
        torn.forEach(([name, thing], i) => {
          const said = saidOf(thing, claimed, stages);
          const [[by, first], [otherBy, other]] = [said[0]!, said.find(([, hash]) => hash !== said[0]![1])!];
          expect(told[i]).toContain(`${by} was made with ${name} ${first}, ${otherBy} with ${name} ${other}:`);
          expect(told[i]!.includes("weight-SVD cache")).toBe(name === "knob basis");
        });
      },
      rejects: {
        "the v_hack file unasked": [
          (given, stages) => provenance({ ...given, vHack: { kind: "missing", path: "", command: "" } }, stages),
          claimed,
          ["pool", "vanilla"],
        ],
        "a given v_hack held to be the run's": [
          (given, stages) => provenance({ ...given, vHackIsGiven: false }, stages),
          claimed,
          ["pool", "vanilla"],
        ],
        "steps after the first unseen": [
          (given, stages) =>
            provenance(
              given.vanilla.kind === "found"
                ? { ...given, vanilla: { ...given.vanilla, value: given.vanilla.value.slice(0, 1) } }
                : given,
              stages,
            ),
          claimed,
          ["pool", "vanilla"],
        ],
      },
    },
  );

  law("shortens hashes: beyond 24 characters, cut", {
    else: "two hashes that differ are told as one, or the message is all hash",
    for: [fc.integer({ min: 1, max: 64 })],
    holds: (provenance, length) => {
      const model = "0123456789abcdef".repeat(8).slice(0, length);
      const step = { model, tokenizer: "same", vHack: null, basis: null };
      const stages = { pool: [step, { ...step, model: "other" }], vanilla: null, projected: null };
      const { cause } = provenance(evidenceOf({ stages, vHack: null, isGiven: false }), ["pool"]);
      expect(cause).toContain(` model ${length > 24 ? `${model.slice(0, 24)}...` : model}, `);
    },
    examples: [[24], [25]],
    rejects: {
      "every hash cut": [
        (...given) => {
          const condition = provenance(...given);
          return { ...condition, cause: condition.cause.replaceAll(/(model \w+),/g, "$1...,") };
        },
        24,
      ],
    },
  });
});
