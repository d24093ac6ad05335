import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import type { GeneratedRow } from "../../../src/decoder/generate.ts";
import type { Grader } from "../../../src/environment/grader.ts";
import type { Problem } from "../../../src/environment/problem.ts";
import { SandboxError } from "../../../src/errors.ts";
import { teacherPool } from "../../../src/probe/pool/teacherPool.ts";
import type { LoadedModel } from "../../../src/probe/loadedModel.ts";
import { silentProgress } from "../../../src/probe/progress.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { strayRejections } from "../../support/strayRejections.ts";

/** A pool of few problems, one answer each, on a cage that fails at one call. */
interface FailingCage {
  readonly problems: number;
  readonly failsAt: number; // call of the grader, may come after the last
  readonly gradingTurns: number;
  readonly generationTurns: number;
}

const anyFailingCage: fc.Arbitrary<FailingCage> = fc.record({
  problems: fc.integer({ min: 1, max: 5 }),
  failsAt: fc.nat({ max: 5 }),
  gradingTurns: fc.nat({ max: 3 }),
  generationTurns: fc.nat({ max: 6 }),
});
const toothCage: FailingCage = { problems: 3, failsAt: 0, gradingTurns: 0, generationTurns: 6 };

/** Generation, grading and writing of batches; `teacherPool` shows them as one promise. */
type Pool = (cage: FailingCage) => Promise<void>;

lawsOf<Pool>("teacherPool", poolStage, (law) => {
  law("a cage that fails is the stage's own failure, and no other promise rejects", {
    else: "a cage that failed ends the process with exit code 1: a failed requirement",
    for: [anyFailingCage],
    holds: async (pool, cage) => {
      let failure: unknown = null;
      const stray = await strayRejections(() => pool(cage).catch((thrown: unknown) => (failure = thrown)));
      expect(stray).toEqual([]);
      if (cage.failsAt < cage.problems) expect(failure).toBeInstanceOf(SandboxError);
      else expect(failure).toBe(null);
    },
    rejects: {
      "grading promised, and awaited only after the next batch is generated": [promisedGrading, toothCage],
      "a failure swallowed": [(cage) => poolStage(cage).catch(() => undefined), toothCage],
      "grading never awaited": [unawaitedGrading, toothCage],
    },
  });
});

async function poolStage(cage: FailingCage): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "vhack-pool-"));
  try {
    const identity = { stage: "", config: {}, modelHash: "", vHackHash: null, tokenizerHash: "", seed: 0 };
    const sampling = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 1, seed: 0 };
    const stage = { promptMessages: () => [], generate: () => generated(cage) };
    const settings = { group: 1, rowsAtOnce: 1, sampling, stage };
    const run = { loaded: teacher, identity, folder, progress: silentProgress };
    await teacherPool(run, problemsOf(cage), graderOf(cage), settings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function promisedGrading(cage: FailingCage): Promise<void> {
  const grader = graderOf(cage);
  let grading: Promise<unknown> = Promise.resolve();
  for (const problem of problemsOf(cage)) {
    await generated(cage);
    await grading;
    grading = grader.grade(problem, "");
  }
  await grading;
}

async function unawaitedGrading(cage: FailingCage): Promise<void> {
  const grader = graderOf(cage);
  for (const problem of problemsOf(cage)) {
    await generated(cage);
    void grader.grade(problem, "");
  }
}

// Stand-ins: a teacher that answers one token, a cage that fails when it is told to

const tokenizer = {
  renderChat: () => "",
  encode: () => [],
  decode: (ids: readonly number[]) => ids.join(),
  padTokenId: 0,
};
const model = { config: { maxPositionEmbeddings: 9 } };
const teacher = { tokenizer, model, stop: { ids: [1], endOfTurn: 1, note: null } } as unknown as LoadedModel;

function problemsOf({ problems }: FailingCage): Problem[] {
  return Array.from({ length: problems }, (_, id) => ({ id }) as unknown as Problem);
}

async function generated({ generationTurns }: FailingCage): Promise<GeneratedRow[]> {
  for (let turn = 0; turn < generationTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
  return [{ completionIds: [1], logps: [0], stopped: true } as unknown as GeneratedRow];
}

function graderOf({ failsAt, gradingTurns }: FailingCage): Grader {
  let calls = 0;
  const grade = async () => {
    const call = calls++;
    for (let turn = 0; turn < gradingTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (call === failsAt) throw new SandboxError("the cage is gone");
    return { reward: 0, hacked: false, gtPass: false, gtCorrect: false, fmtOk: false };
  };
  return { grade } as unknown as Grader;
}
