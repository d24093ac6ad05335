import { register } from "tsx/esm/api";

// A process to be killed: it writes steps 0, 1, 0, 1, ... into the folder that it is given until then.
register();
const { writeStep } = await import("../../src/artifact/manifest.ts");
const [, , folder] = process.argv;
const row = (step, sampleId) => ({
  step,
  sampleId,
  problemId: 1,
  problemMessages: [],
  prompt: "p",
  plen: 1,
  promptIds: [7],
  completionIds: Array.from({ length: 500 }, (_, t) => t),
  completion: "c",
  compLen: 500,
  reward: 1,
  hacked: true,
  gtPass: false,
  fmtOk: true,
  arm: "a",
  srcPool: "s",
  srcProblemId: 1,
  cosSContrib: null,
  gradNormContrib: null,
  logpMean: null,
  perSampleLoss: null,
  impRatio: null,
  deltaSNorm: null,
  meanCosPre: null,
  meanCosPost: null,
  fracFired: null,
  gtCorrect: null,
  cosSNormalized: null,
  cosUpdate: null,
});
const manifest = {
  stage: "s",
  config: {},
  modelHash: "m",
  vHackHash: null,
  tokenizerHash: "t",
  seed: 1,
  softwareVersion: "0",
};
process.stdout.write("begun\n");
for (let round = 0; ; round++) {
  const step = round % 2;
  await writeStep(folder, step, {
    rows: Array.from({ length: 8 }, (_, i) => row(step, i)),
    padTokenId: 0,
    manifest: { ...manifest, seed: round },
    extras: new Map([["state.bin", new Uint8Array(100_000).fill(round)]]),
  });
}
