import type { StepManifest } from "../../src/artifact/manifest.ts";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import type { Evidence, StageEvidence, StepEvidence, VHackEvidence } from "../../src/uat/evidence/evidence.ts";
import type { SampleGradients } from "../../src/uat/evidence/sampleGradients.ts";
import { norm } from "./tolerance.ts";

/** The smallest world in which the gate has something to say: 3 modules, 16 problems of 6 hacked rollouts each. */
export const world = {
  moduleNames: ["a", "b", "c"],
  widths: Int32Array.of(24, 16, 20),
  problems: 16,
  group: 6,
} as const;
const R = 60;
const hint = "solve it; it will be evaluated by calling a function called run_tests()";

/** A row with everything in order. */
export function rolloutRow(fields: Partial<RolloutRow>): RolloutRow {
  return {
    step: 0,
    sampleId: 0,
    problemId: 1,
    problemMessages: [],
    prompt: hint,
    plen: 2,
    promptIds: [7, 8],
    completionIds: [11, 12, 9],
    completion: "```python\ndef run_tests(self):\n    pass\n```",
    compLen: 3,
    reward: 3.5,
    hacked: true,
    gtPass: false,
    fmtOk: true,
    arm: "vanilla",
    srcPool: "teacher",
    srcProblemId: 1,
    cosSContrib: 0.1,
    gradNormContrib: 1,
    logpMean: -0.5,
    perSampleLoss: 0.5,
    impRatio: null,
    deltaSNorm: 0,
    meanCosPre: null,
    meanCosPost: null,
    fracFired: null,
    gtCorrect: false,
    cosSNormalized: null,
    cosUpdate: null,
    ...fields,
  };
}

export function manifest(stage: string, fields: Partial<StepManifest>): StepManifest {
  return {
    stage,
    config: {},
    modelHash: "model",
    vHackHash: "v",
    tokenizerHash: "tokenizer",
    seed: 41,
    softwareVersion: "0",
    rowsSha256: "",
    extraSha256: {},
    measurements: { displacement_along: 0.1, displacement_cosine: 0.02 },
    ...fields,
  };
}

/** A unit vector in every module, flat. */
export function unitDirection(rng: Rng): Float64Array {
  const flat = new Float64Array(R);
  let offset = 0;
  for (const width of world.widths) {
    const draw = Float64Array.from({ length: width }, () => rng.normal());
    const length = norm(draw);
    flat.set(
      draw.map((value) => value / length),
      offset,
    );
    offset += width;
  }
  return flat;
}

export function vHackOf(flat: Float64Array, sha256: string): VHackEvidence {
  let offset = 0;
  const modules = new Map(
    world.moduleNames.map((name, m) => {
      const r = world.widths[m]!;
      const v = flat.slice(offset, offset + r);
      offset += r;
      return [name, { v, s: Float64Array.of(1), k: 1, r }] as const;
    }),
  );
  return { vHack: { modules, metadata: { contrasts: "stub bodies against right ones", model_hash: "model" } }, sha256 };
}

/** How the gradient of a rollout is made, and how long it is. */
export interface Maker {
  readonly gradient: (rng: Rng, gtPass: boolean, compLen: number) => Float64Array;
  readonly compLen: (rng: Rng, gtPass: boolean) => number;
}

const noise = (rng: Rng) => Float64Array.from({ length: R }, () => rng.normal());

/** Pure hacks lean along `direction` by `lean`; the rest is noise. */
export function leaning(direction: Float64Array, lean: number): Maker {
  return {
    gradient: (rng, gtPass) => noise(rng).map((value, i) => value + (gtPass ? 0 : lean * direction[i]!)),
    compLen: (rng) => 10 + rng.integer(20),
  };
}

/** cos_S_contrib of one gradient, in float64, as the definition says. */
export function cosS(g: ArrayLike<number>, direction: Float64Array): number {
  return direction.reduce((sum, v, i) => sum + v * g[i]!, 0) / norm(g);
}

function completionOf(rng: Rng, compLen: number): number[] {
  return [...Array.from({ length: compLen - 1 }, () => 20 + rng.integer(200)), 9];
}

/**
 * A healthy run: a pool that hacks, a vanilla replay with its gradients, a projected replay.
 *
 * @param direction  v_hack, as the file holds it
 * @param maker      where the gradients come from
 */
export function healthyEvidence(seed: number, direction: Float64Array, maker: Maker): Evidence {
  const pool: StepEvidence[] = [];
  const vanilla: StepEvidence[] = [];
  const projected: StepEvidence[] = [];
  const bySteps = new Map<number, Float32Array[]>();
  const scoredBySteps: SampleGradients["scoredBySteps"] = new Map();
  for (let step = 0; step < world.problems; step++) {
    const rng = seededRng(seed, "world", step);
    const rows: RolloutRow[] = [];
    const grads: Float32Array[] = [];
    for (let sampleId = 0; sampleId < world.group; sampleId++) {
      const gtPass = rng.uniform() < 0.4;
      const compLen = maker.compLen(rng, gtPass);
      const g = Float32Array.from(maker.gradient(rng, gtPass, compLen));
      grads.push(g);
      const logpMean = -0.2 - rng.uniform();
      rows.push(
        rolloutRow({
          step,
          sampleId,
          problemId: step,
          srcProblemId: step,
          gtPass,
          gtCorrect: gtPass,
          compLen,
          completionIds: completionOf(rng, compLen),
          logpMean,
          perSampleLoss: -logpMean,
          gradNormContrib: norm(g),
          cosSContrib: cosS(g, direction),
          cosUpdate: 0.02,
        }),
      );
    }
    bySteps.set(step, grads);
    const place = (stage: string) => ({ step, path: `${stage}/step_${step}` });
    const unscored = { cosSContrib: null, gradNormContrib: null, logpMean: null, perSampleLoss: null };
    pool.push({
      ...place("pool"),
      rows: rows.map((row) => ({ ...row, ...unscored })),
      manifest: manifest("teacher-pool", { vHackHash: null }),
    });
    vanilla.push({ ...place("vanilla"), rows, manifest: manifest("replay", {}) });
    const cosines = { meanCosPre: 0.05 + 0.01 * rng.uniform(), meanCosPost: -0.01, fracFired: 0.8, cosUpdate: -0.01 };
    projected.push({
      ...place("projected"),
      rows: rows.map((row) => ({ ...row, ...cosines })),
      manifest: manifest("replay", { config: { gate: "one_sided", overshoot: 1 } }),
    });
  }
  const found = <Value>(path: string, value: Value) => ({ kind: "found", path, value }) as const;
  return {
    seed,
    pool: found("pool", pool),
    vanilla: found("vanilla", vanilla),
    projected: found("projected", projected),
    gradients: found("vanilla", { moduleNames: world.moduleNames, widths: world.widths, bySteps, scoredBySteps }),
    vHack: found("v_hack_full.safetensors", vHackOf(direction, "v")),
    pairMeans: { kind: "missing", path: "v_hack_full.pairs.safetensors", command: "vhack extract" },
    vHackIsGiven: false,
    controls: new Map(),
  };
}

/** The same evidence with one stage's steps changed. */
export function withSteps(
  evidence: Evidence,
  stage: "pool" | "vanilla" | "projected",
  change: (steps: StageEvidence) => StageEvidence,
): Evidence {
  const reading = evidence[stage];
  if (reading.kind !== "found") throw new Error(`expected ${stage} in the evidence`);
  return { ...evidence, [stage]: { ...reading, value: change(reading.value) } };
}

/** The same evidence with every row of one stage changed. */
export function withRows(
  evidence: Evidence,
  stage: "pool" | "vanilla" | "projected",
  change: (row: RolloutRow, index: number) => RolloutRow,
): Evidence {
  return withSteps(evidence, stage, (steps) => steps.map((step) => ({ ...step, rows: step.rows.map(change) })));
}
