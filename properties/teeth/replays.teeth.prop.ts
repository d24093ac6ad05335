import { describe, it } from "vitest";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { cosineCoverage } from "../../src/uat/r2/cosineCoverage.ts";
import { gradientLeak } from "../../src/uat/r2/gradientLeak.ts";
import { medianNorms, normStability, stepRatios } from "../../src/uat/r2/gradientNorms.ts";
import { cosUpdates, knobMovement } from "../../src/uat/r3/knobMovement.ts";
import type { Measurement } from "../../src/uat/common/measurement.ts";
import { projectionSteps } from "../../src/uat/r3/projectionSteps.ts";
import { removalIsComplete } from "../../src/uat/r3/projectionSteps.ts";
import { manifest } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";
import { type Coverage, coverageLaws } from "../uat/r2/cosineCoverage.statements.ts";
import { leakLaws } from "../uat/r2/gradientLeak.statements.ts";
import { gradientNormsLaws, type Medians, type Ratios, type Stability } from "../uat/r2/gradientNorms.statements.ts";
import { knobMovementLaws, type Moved, type Movement, type Updates } from "../uat/r3/knobMovement.statements.ts";
import {
  type Drawn,
  projectionStepsLaws,
  type Removal,
  removalLaws,
  type Steps,
} from "../uat/r3/projectionSteps.statements.ts";

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
  (measure: Steps, stage: "vanilla" | "projected", change: (steps: StageEvidence) => StageEvidence): Steps =>
  (evidence) => {
    const reading = evidence[stage];
    return measure(
      reading.kind === "found" ? { ...evidence, [stage]: { ...reading, value: change(reading.value) } } : evidence,
    );
  };
const without =
  (measure: Steps, stage: "pool" | "vanilla" | "gradients"): Steps =>
  (evidence) =>
    measure({ ...evidence, [stage]: { kind: "missing", path: "nowhere", command: "" } });
const rowsOf = (stage: StageEvidence, change: (row: StageEvidence[number]["rows"][number]) => object): StageEvidence =>
  stage.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, ...change(row) })) }));

const step: Drawn = { rows: 1, meanCosPre: 0.5, meanCosPost: 0, fracFired: 0.75, cosUpdate: 0.25 };
const copied: Drawn = { ...step, meanCosPost: 0.5, fracFired: 0.5 };
const silent: Drawn = { ...step, meanCosPre: null, meanCosPost: null, fracFired: null };

const recordedOnly = seeing(projectionSteps, "projected", (stage) =>
  stage.filter(({ rows }) => rows[0]?.meanCosPre !== null),
);
const halfFires = seeing(projectionSteps, "projected", (stage) =>
  rowsOf(stage, ({ fracFired }) => ({ fracFired: fracFired === 0.5 ? 0.75 : fracFired })),
);
const firstStep = seeing(projectionSteps, "projected", (stage) => stage.slice(0, 1));

describe("teeth: projectionSteps", () => {
  it("steps counted rejects: silent steps left out, frac_fired = 0.5 taken for more", async () => {
    for (const wrong of [recordedOnly, halfFires])
      await rejects(() => projectionStepsLaws.countsSteps(wrong, [step, copied, silent]));
  });
  it("the majority's cause rejects: the first step's", () =>
    rejects(() => projectionStepsLaws.blamesTheMajority(firstStep, [step, copied, copied])));
  it("what was recorded rejects: one step for the median, no figure", async () => {
    const bare = retold(projectionSteps, () => ({ figures: [] }));
    for (const wrong of [firstStep, bare])
      await rejects(() => projectionStepsLaws.showsWhatWasRecorded(wrong, [step, copied, copied]));
  });
  it("comparisons rejects: vanilla unseen, the pool unseen", async () => {
    for (const stage of ["vanilla", "pool"] as const)
      await rejects(() => projectionStepsLaws.comparesWithWhatIsThere(without(projectionSteps, stage), [step]));
  });
});

const meant = { gate: "one_sided", overshoot: 1, cosIn: 0.5, cosOut: 0.1 };
const wholly = manifest("replay", { config: { gate: "one_sided", overshoot: 1 } });
const allMeant: Removal = (stage, ...rest) =>
  removalIsComplete(
    stage.map((one) => ({ ...one, manifest: wholly })),
    ...rest,
  );
const nanRemoved: Removal = (stage, steps) =>
  removalIsComplete(
    stage,
    steps.map((one) => ({ ...one, cosOut: Number.isNaN(one.cosOut) ? 0 : one.cosOut })),
  );

describe("teeth: removalIsComplete", () => {
  it("what is left rejects: every gate taken for removal, NaN taken for removed", async () => {
    await rejects(() => removalLaws.countsWhatIsLeft(allMeant, [{ ...meant, gate: "reverse" }, meant]));
    await rejects(() => removalLaws.countsWhatIsLeft(nanRemoved, [{ ...meant, cosOut: Number.NaN }, meant]));
  });
});

const moves = (cosUpdate: number | null, along: number): Moved => ({
  rows: 1,
  cosUpdate,
  measurements: { displacement_along: along, displacement_cosine: 0.5 },
});
const silenceAsZero: Updates = (stage) => cosUpdates(rowsOf(stage, ({ cosUpdate }) => ({ cosUpdate: cosUpdate ?? 0 })));
const everWarning: Movement = (_, stage) =>
  knobMovement("projected", stage).map((note) => ({ ...note, label: note.label.replace("projected", "vanilla") }));
const neverWarning: Movement = (arm, stage) =>
  knobMovement(arm, stage).map((note) => ({ ...note, text: note.text.replace(/:.*/, "") }));
const atFirst: Movement = (arm, stage) => knobMovement(arm, stage.slice(0, 1));

describe("teeth: knobMovement", () => {
  it("silent steps rejects: silence taken for zero", () =>
    rejects(() => knobMovementLaws.leavesSilentStepsOut(silenceAsZero, [moves(null, 0), moves(1, 0)])));
  it("the average rejects: a warning for vanilla, no warning, the first step alone", async () => {
    for (const wrong of [everWarning, neverWarning, atFirst])
      await rejects(() => knobMovementLaws.averagesTheSteps(wrong, [moves(0.5, 0), moves(0.25, 0)]));
  });
  it("the last step rejects: the first", () =>
    rejects(() => knobMovementLaws.readsTheLastStep(atFirst, [moves(0, 1), moves(0, 2)])));
});

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
