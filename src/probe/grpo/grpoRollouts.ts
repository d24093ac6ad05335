import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { applyHint } from "../../environment/hint.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { generate, type GenerationSettings } from "../../decoder/generate.ts";
import { gradeOnce } from "../grading/gradeOnce.ts";
import { expectRoom, gradedRow, promptedProblem } from "../pool/gradedRow.ts";
import type { LoadedModel } from "../loadedModel.ts";

/** A graded rollout, and what the policy that made it thought of each token. */
export interface Rollout {
  readonly row: RolloutRow;
  readonly oldLogps: Float32Array; // [compLen], nats, under the generating policy at temperature 1
}

/** How many answers to each problem, how they are sampled, and what the rows say of their origin. */
export interface RolloutRequest {
  readonly perProblem: number;
  readonly firstSampleId: number;
  readonly rowsAtOnce: number;
  readonly sampling: Omit<GenerationSettings, "stopIds">;
  readonly source: Pick<RolloutRow, "step" | "arm" | "srcPool">;
  /** names the random streams: answers to the same problem under another name are other answers */
  readonly stream: string;
}

/** Before anything is generated. @throws ConfigError  an answer to one of these could pass the model's positions */
export function expectRoomForAll(policy: LoadedModel, problems: readonly Problem[], maxNewTokens: number): void {
  for (const problem of new Set(problems))
    expectRoom(policy, promptedProblem(problem, applyHint(problem), policy.tokenizer), maxNewTokens);
}

/**
 * Let a policy answer problems and grade what it says; one group of rollouts per problem.
 *
 * Every answer's random stream is named by the request, the problem and the sample, so batching changes nothing. An answer is
 * graded as soon as it ends, beside the generation of the others; equal answers to a problem once.
 */
export async function rollouts(
  policy: LoadedModel,
  problems: readonly Problem[],
  grader: Grader,
  request: RolloutRequest,
): Promise<Rollout[][]> {
  const { perProblem, rowsAtOnce, sampling, source, stream, firstSampleId } = request;
  const prompted = problems.map((problem) => promptedProblem(problem, applyHint(problem), policy.tokenizer));
  const asked = prompted.flatMap((problem) => Array.from({ length: perProblem }, (_, sample) => ({ problem, sample })));
  const settings = { ...sampling, stopIds: policy.stop.ids };
  const grade = gradeOnce(grader);
  const answered: (() => Promise<Rollout>)[] = [];
  for (const [c, chunk] of chunksOf(asked, rowsAtOnce).entries()) {
    const rows = chunk.map(({ problem, sample }) => ({
      promptIds: problem.promptIds,
      key: `${stream}/${problem.problem.id}/${sample}`,
    }));
    await generate(policy.model, rows, settings, (i, { completionIds, logps }) => {
      const { problem, sample } = chunk[i]!;
      const completion = policy.tokenizer.decode(completionIds, true);
      const graded = grade(problem.problem, completion);
      const place = { ...source, sampleId: firstSampleId + sample };
      const oldLogps = Float32Array.from(logps);
      answered[c * rowsAtOnce + i] = async () => ({
        row: gradedRow(problem, { completionIds, completion, verdict: await graded }, place),
        oldLogps,
      });
    });
  }
  return chunksOf(await Promise.all(answered.map((rollout) => rollout())), perProblem);
}
