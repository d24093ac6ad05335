import { describe, it } from "vitest";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { cosineCoverage } from "../../src/uat/r2/cosineCoverage.ts";
import { gradientLeak } from "../../src/uat/r2/gradientLeak.ts";
import { medianNorms, normStability, stepRatios } from "../../src/uat/r2/gradientNorms.ts";
import type { Measurement } from "../../src/uat/common/measurement.ts";
import { rejects } from "../support/rejects.ts";
import { type Coverage, coverageLaws } from "../uat/r2/cosineCoverage.statements.ts";
import { leakLaws } from "../uat/r2/gradientLeak.statements.ts";
import { gradientNormsLaws, type Medians, type Ratios, type Stability } from "../uat/r2/gradientNorms.statements.ts";

type Measured = Extract<Measurement, { kind: "measured" }>;

/** A measure that tells another story of what it measured. */
const retold =
  <Seen>(measure: (seen: Seen) => Measurement, change: (measurement: Measured) => Partial<Measured>) =>
  (seen: Seen): Measurement => {
    const measurement = measure(seen);
    return measurement.kind === "measured" ? { ...measurement, ...change(measurement) } : measurement;
  };
/** A measure that sees another stage than the one that is there. */
const seeing =
  (measure: Coverage, stage: "vanilla" | "projected", change: (steps: StageEvidence) => StageEvidence): Coverage =>
  (evidence) => {
    const reading = evidence[stage];
    return measure(
      reading.kind === "found" ? { ...evidence, [stage]: { ...reading, value: change(reading.value) } } : evidence,
    );
  };
const without =
  (measure: Coverage, stage: "pool" | "vanilla" | "gradients"): Coverage =>
  (evidence) =>
    measure({ ...evidence, [stage]: { kind: "missing", path: "nowhere", command: "" } });
const rowsOf = (stage: StageEvidence, change: (row: StageEvidence[number]["rows"][number]) => object): StageEvidence =>
  stage.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, ...change(row) })) }));

const means: Medians = (stage) =>
  stage.map(({ step: at, rows }) => [at, rows.reduce((sum, row) => sum + (row.gradNormContrib ?? 0), 0) / rows.length]);
const nextByLast: Ratios = (stage) =>
  medianNorms(stage)
    .slice(1)
    .map(([, norm], i) => norm / medianNorms(stage)[i]![1]);
const largestJump: Stability = (stage) => ({ ...normStability(stage), value: Math.max(1, ...stepRatios(stage)) });

describe("teeth: gradient norms", () => {
  it("medians rejects: means", () => rejects(() => gradientNormsLaws.takesMedians(means, [[1, 1, 20]])));
  it("neighbours rejects: a fall below 1, division by a step of zeros", async () => {
    for (const norms of [
      [[2], [1]],
      [[1], [0], [2]],
    ])
      await rejects(() => gradientNormsLaws.comparesNeighbours(nextByLast, norms));
  });
  it("the typical jump rejects: the largest", () =>
    rejects(() => gradientNormsLaws.judgesTheTypicalJump(largestJump, [[1], [1], [1], [20]])));
});

const replayed = [
  { problem: 0, reward: 0.5, cosine: null, norm: 1 },
  { problem: 0, reward: 0.5, cosine: Number.NaN, norm: 1 },
  { problem: 1, reward: 0.5, cosine: 0.25, norm: 2 },
];
const nanCovers = seeing(cosineCoverage, "vanilla", (stage) =>
  rowsOf(stage, ({ cosSContrib }) => ({ cosSContrib: Number.isNaN(cosSContrib) ? 0 : cosSContrib })),
);
const oneGroup = seeing(cosineCoverage, "vanilla", (stage) => rowsOf(stage, () => ({ problemId: 0 })));
const padsCompared = seeing(cosineCoverage, "vanilla", (stage) =>
  rowsOf(stage, ({ completionIds }) => ({ compLen: completionIds.length })),
);
const orderDecides: Coverage = seeing(cosineCoverage, "vanilla", (stage) =>
  stage.map((one) => ({ ...one, manifest: null })),
);

describe("teeth: cosineCoverage", () => {
  it("finite cosines rejects: NaN taken for a cosine", () =>
    rejects(() => coverageLaws.countsFiniteCosines(nanCovers, [replayed])));
  it("their pattern rejects: problems of a step taken for one group", () =>
    rejects(() => coverageLaws.namesTheirPattern(oneGroup, [replayed])));
  it("norms rejects: one step alone, no figure", async () => {
    const oneStep = seeing(cosineCoverage, "vanilla", (stage) => stage.slice(0, 1));
    for (const wrong of [oneStep, retold(cosineCoverage, () => ({ figures: [] }))])
      await rejects(() => coverageLaws.showsNorms(wrong, [[1], [2]]));
  });
  it("how leaks were sought rejects: stored gradients unread, the exact check unread, silence", async () => {
    const mute = retold(cosineCoverage, ({ notes }) => ({ notes: notes.slice(0, 1) }));
    for (const wrong of [without(cosineCoverage, "gradients"), orderDecides, mute])
      await rejects(() => coverageLaws.saysHowLeaksWereSought(wrong));
  });
  it("completions rejects: padding compared", () => rejects(() => coverageLaws.comparesCompletions(padsCompared)));
  it("what is there rejects: the pool unseen", () =>
    rejects(() => coverageLaws.checksWhatIsThere(without(cosineCoverage, "pool"))));
});

const row = (axis: number | null, completion: number) => ({ axis, length: 1, completion });
const twinsCounted: typeof gradientLeak = (gradients, tokens, seed) =>
  gradientLeak(gradients, new Map([...tokens].map(([at, keys]) => [at, keys.map((key, b) => `${key} ${b}`)])), seed);
const alwaysAlarmed: typeof gradientLeak = (...given) => gradientLeak(...given).map((one) => ({ ...one, value: 0 }));

describe("teeth: gradientLeak", () => {
  it("copies rejects: equal completions counted, none counted", async () => {
    await rejects(() => leakLaws.countsCopies(twinsCounted, [[row(0, 1), row(0, 1)]]));
    await rejects(() => leakLaws.countsCopies(alwaysAlarmed, [[row(0, 1), row(0, 2)]]));
  });
  it("sure of nothing rejects: a test that is always alarmed, equal completions compared", async () => {
    await rejects(() => leakLaws.isSureOfNothing(alwaysAlarmed, [[row(0, 1)]]));
    const alike = [row(0, 0), row(0, 0), row(1, 0), row(1, 0), row(2, 0), row(2, 0)];
    await rejects(() => leakLaws.isSureOfNothing(twinsCounted, [[], alike]));
  });
});
