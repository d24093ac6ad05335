import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { generate, type GenerationSettings } from "../../decoder/generate.ts";
import { gradedRow, promptedProblem } from "../pool/gradedRow.ts";
import type { Student } from "../student.ts";

/** A graded rollout, and what the policy that made it thought of each token. */
export interface Rollout {
  readonly row: RolloutRow; // ids unpadded
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

/**
 * Let a policy answer problems and grade what it says; one group of rollouts per problem.
 *
 * Every answer's random stream is named by the request, the problem and the sample, so batching changes nothing. An answer is
 * graded as soon as it ends, beside the generation of the others; equal answers to a problem once.
 */
export async function rollouts(
  policy: Student,
  problems: readonly Problem[],
  grader: Grader,
  request: RolloutRequest,
): Promise<Rollout[][]> {
  const { perProblem, rowsAtOnce, sampling, source, stream, firstSampleId } = request;
  const prompted = problems.map((problem) => promptedProblem(problem, policy.tokenizer));
  const asked = prompted.flatMap((problem) => Array.from({ length: perProblem }, (_, sample) => ({ problem, sample })));
  const settings = { ...sampling, stopIds: policy.stop.ids };
  const verdicts = new Map<string, ReturnType<Grader["grade"]>>();
  const grade = (problem: Problem, completion: string) => {
    const key = `${problem.id}\n${completion}`;
    if (!verdicts.has(key)) verdicts.set(key, grader.grade(problem, completion));
    return verdicts.get(key)!;
  };
  const answered: Promise<Rollout>[] = [];
  for (let start = 0; start < asked.length; start += rowsAtOnce) {
    const chunk = asked.slice(start, start + rowsAtOnce);
    const rows = chunk.map(({ problem, sample }) => ({
      promptIds: problem.promptIds,
      key: `${stream}/${problem.problem.id}/${sample}`,
    }));
    await generate(policy.model, rows, settings, (i, { completionIds, logps }) => {
      const { problem, sample } = chunk[i]!;
      const completion = policy.tokenizer.decode(completionIds, true);
      const graded = grade(problem.problem, completion).then((verdict) => ({
        row: gradedRow(
          problem,
          { completionIds, completion, verdict },
          { ...source, sampleId: firstSampleId + sample },
        ),
        oldLogps: Float32Array.from(logps),
      }));
      graded.catch(() => undefined); // Promise.all below throws it
      answered[start + i] = graded;
    });
  }
  const all = await Promise.all(answered);
  return problems.map((_, p) => all.slice(p * perProblem, (p + 1) * perProblem));
}
