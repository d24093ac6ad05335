import { stepIsComplete, writeStep } from "../../artifact/manifest.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import type { Grade } from "../../environment/grade.ts";
import type { GeneratedRow, GenerationSettings } from "../../decoder/generate.ts";
import { expectSameRun, type RunIdentity } from "../expectSameRun.ts";
import { gradedRow, type PromptedProblem } from "./gradedRow.ts";
import type { PoolParts } from "./poolParts.ts";
import { inOrder } from "../inOrder.ts";
import type { Progress } from "../progress.ts";
import { softwareVersion } from "../softwareVersion.ts";
import type { Student } from "../student.ts";

/** How a pool is drawn. */
export interface PoolSettings {
  readonly group: number;
  readonly rowsAtOnce: number;
  readonly sampling: Omit<GenerationSettings, "stopIds">;
  readonly parts: PoolParts;
}

interface DrawnProblem extends PromptedProblem {
  readonly step: number;
}

/**
 * Stage 1: the hacky teacher answers each problem `group` times; every answer is graded. One step file per problem.
 *
 * Grading runs beside the generation of the next problems. Finished steps of the same run are kept.
 *
 * @param problems  in step order
 * @param identity  what the manifests say of this run
 * @throws ArtifactError  a finished step belongs to another run
 */
export async function teacherPool(
  teacher: Student,
  problems: readonly Problem[],
  grader: Grader,
  settings: PoolSettings,
  identity: RunIdentity,
  folder: string,
  progress: Progress,
): Promise<void> {
  const open: DrawnProblem[] = [];
  for (const [step, problem] of problems.entries()) {
    if (await stepIsComplete(folder, step)) await expectSameRun(folder, step, identity);
    else open.push(drawn(step, problem, teacher, settings.parts));
  }
  const task = progress.begin("teacher pool", open.length, "problems");
  const perBatch = Math.max(1, Math.floor(settings.rowsAtOnce / settings.group));
  const batches = Array.from({ length: Math.ceil(open.length / perBatch) }, (_, b) =>
    open.slice(b * perBatch, (b + 1) * perBatch),
  );
  const work = (batch: readonly DrawnProblem[]) => answer(teacher, batch, settings);
  await inOrder(batches, 1, work, async (answers, b) => {
    await gradeAndWrite(batches[b]!, answers, teacher, grader, identity, folder);
    task.advance(batches[b]!.length);
  });
  task.end();
}

function drawn(step: number, problem: Problem, { tokenizer }: Student, { promptMessages }: PoolParts): DrawnProblem {
  const messages = promptMessages(problem);
  const prompt = tokenizer.renderChat(messages, { addGenerationPrompt: true, enableThinking: false });
  return { step, problem, messages, prompt, promptIds: tokenizer.encode(prompt) };
}

async function answer(
  teacher: Student,
  batch: readonly DrawnProblem[],
  { group, sampling, parts }: PoolSettings,
): Promise<GeneratedRow[][]> {
  const rows = batch.flatMap(({ problem, promptIds }) =>
    Array.from({ length: group }, (_, sample) => ({ promptIds, key: `${problem.id}/${sample}` })),
  );
  const generated = await parts.generate(
    teacher.model,
    rows,
    { ...sampling, stopIds: teacher.stop.ids },
    () => undefined,
  );
  return batch.map((_, place) => generated.slice(place * group, (place + 1) * group));
}

async function gradeAndWrite(
  batch: readonly DrawnProblem[],
  answers: readonly (readonly GeneratedRow[])[],
  { tokenizer }: Student,
  grader: Grader,
  identity: RunIdentity,
  folder: string,
): Promise<void> {
  await Promise.all(
    batch.map(async (drawnProblem, place) => {
      const verdicts = new Map<string, Promise<Grade>>(); // equal answers to one problem are graded once
      const rows = await Promise.all(
        answers[place]!.map(async ({ completionIds }, sampleId) => {
          const completion = tokenizer.decode(completionIds, true);
          if (!verdicts.has(completion)) verdicts.set(completion, grader.grade(drawnProblem.problem, completion));
          const verdict = await verdicts.get(completion)!;
          const place = { step: drawnProblem.step, sampleId, arm: "teacher", srcPool: "teacher" };
          return gradedRow(drawnProblem, { completionIds, completion, verdict }, place);
        }),
      );
      const manifest = { softwareVersion, ...identity };
      await writeStep(folder, drawnProblem.step, rows, tokenizer.padTokenId, manifest);
    }),
  );
}
