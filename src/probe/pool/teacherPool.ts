import type { GeneratedRow, GenerationSettings } from "../../decoder/generate.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { gradeOnce } from "../grading/gradeOnce.ts";
import { inOrder } from "../inOrder.ts";
import type { Run } from "../run.ts";
import { keepStep, openSteps } from "../steps.ts";
import { expectRoom, gradedRow, promptedProblem, type PromptedProblem } from "./gradedRow.ts";
import type { PoolStage } from "./poolStage.ts";

/** How a pool is drawn. */
export interface PoolSettings {
  readonly group: number;
  readonly rowsAtOnce: number;
  readonly sampling: Omit<GenerationSettings, "stopIds">;
  readonly stage: PoolStage;
}

interface DrawnProblem extends PromptedProblem {
  readonly step: number;
}

/**
 * Stage 1: the hacky teacher answers each problem `group` times; every answer is graded. One step file per problem.
 *
 * Grading runs beside the generation of the next problems. Finished steps of the same run are kept.
 *
 * @param run       its model is the teacher
 * @param problems  in step order
 * @throws ArtifactError  a finished step belongs to another run
 * @throws SandboxError   an answer cannot be graded
 */
export async function teacherPool(
  run: Run,
  problems: readonly Problem[],
  grader: Grader,
  settings: PoolSettings,
): Promise<void> {
  const { promptMessages } = settings.stage;
  const open = await openSteps(run, [...problems.keys()]);
  const drawn = open.map((step) => {
    const problem = problems[step]!;
    return { step, ...promptedProblem(problem, promptMessages(problem), run.loaded.tokenizer) };
  });
  for (const problem of drawn) expectRoom(run.loaded, problem, settings.sampling.maxNewTokens);
  const task = run.progress.begin("teacher pool", open.length, "problems");
  const batches = chunksOf(drawn, Math.max(1, Math.floor(settings.rowsAtOnce / settings.group)));
  const answer = (batch: readonly DrawnProblem[]) => answersOf(run, batch, settings);
  await inOrder(batches, 1, answer, async (answers, b) => {
    await Promise.all(batches[b]!.map((problem, place) => gradeAndKeep(run, problem, answers[place]!, grader)));
    task.advance(batches[b]!.length);
  });
  task.end();
}

/** Answers of each problem, at most `rowsAtOnce` generated at once. */
async function answersOf(
  { loaded }: Run,
  batch: readonly DrawnProblem[],
  { group, rowsAtOnce, sampling, stage }: PoolSettings,
): Promise<GeneratedRow[][]> {
  const rows = batch.flatMap(({ problem, promptIds }) =>
    Array.from({ length: group }, (_, sample) => ({ promptIds, key: `${problem.id}/${sample}` })),
  );
  const settings = { ...sampling, stopIds: loaded.stop.ids };
  const generated: GeneratedRow[] = [];
  for (const chunk of chunksOf(rows, rowsAtOnce))
    generated.push(...(await stage.generate(loaded.model, chunk, settings, () => undefined)));
  return chunksOf(generated, group);
}

async function gradeAndKeep(
  run: Run,
  problem: DrawnProblem,
  answers: readonly GeneratedRow[],
  grader: Grader,
): Promise<void> {
  const grade = gradeOnce(grader);
  const rows = await Promise.all(
    answers.map(async ({ completionIds }, sampleId) => {
      const completion = run.loaded.tokenizer.decode(completionIds, true);
      const verdict = await grade(problem.problem, completion);
      const place = { step: problem.step, sampleId, arm: "teacher", srcPool: "teacher" };
      return gradedRow(problem, { completionIds, completion, verdict }, place);
    }),
  );
  await keepStep(run, problem.step, { rows });
}
