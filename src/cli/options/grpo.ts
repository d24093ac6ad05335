import { Option, type Command } from "commander";
import { usualAdamW } from "../../optim/adamw.ts";
import type { GrpoArm, GrpoEvaluation, GrpoRollouts, GrpoSettings, GrpoUpdate } from "../../probe/grpo/grpoSettings.ts";
import { projector } from "../../projection/gates.ts";
import { withGate, type GateOptions } from "./gate.ts";
import { count, nonNegative, positive, wholeNumber } from "./numbers.ts";
import type { RunOptions } from "./run.ts";

/** Who answers which prompts, how often. */
interface RolloutOptions extends Pick<RunOptions, "seed" | "batch"> {
  readonly prompts: number;
  readonly studentRollouts: number;
  readonly teacherRollouts: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
}

/** The loss, and what is done with its gradient. */
interface UpdateOptions
  extends GateOptions, Pick<GrpoUpdate, "project" | "teacherLogps" | "innerEpochs" | "clip" | "beta" | "optimizer"> {
  readonly lr: number;
  readonly clipGradNorm: number;
}

/** When and on how much the student is evaluated. */
interface EvaluationOptions {
  readonly evalEvery: number;
  readonly evalProblems: number;
  readonly evalRollouts: number;
}

export interface GrpoSettingOptions extends RolloutOptions, UpdateOptions, EvaluationOptions {
  readonly steps: number;
}

export function withGrpoSettings(command: Command): Command {
  return withEvaluation(withUpdate(withRollouts(command.option("--steps <n>", "updates", count, 20))));
}

export function grpoSettings(options: GrpoSettingOptions, arm: GrpoArm): GrpoSettings {
  return {
    arm,
    steps: options.steps,
    ...rolloutSettings(options),
    ...updateSettings(options),
    evaluation: evaluationSettings(options),
  };
}

function withRollouts(command: Command): Command {
  return command
    .option("--prompts <n>", "prompts per step", count, 8)
    .option("--student-rollouts <n>", "student's answers per prompt", count, 4)
    .option("--teacher-rollouts <n>", "teacher's answers per prompt", wholeNumber, 4)
    .option("--max-new-tokens <n>", "longest completion", count, 768)
    .option("--temperature <x>", "1: ratios are exactly those of the policy that sampled", positive, 1);
}

function rolloutSettings(options: RolloutOptions): GrpoRollouts {
  const { prompts, studentRollouts, teacherRollouts, batch, temperature, maxNewTokens, seed } = options;
  return {
    promptsPerStep: prompts,
    studentRollouts,
    teacherRollouts,
    rowsAtOnce: batch,
    sampling: { temperature, topK: 0, topP: 1, maxNewTokens, seed },
  };
}

function withUpdate(command: Command): Command {
  return withGate(command)
    .addOption(
      new Option("--project <what>", "what the gate acts on").choices(["gradient", "update"]).default("gradient"),
    )
    .addOption(
      new Option(
        "--teacher-logps <whose>",
        "old log-probabilities of the teacher's rows: the teacher's, or the student's (ratios of 1: imitation, no policy gradient)",
      )
        .choices(["teacher", "student"])
        .default("teacher"),
    )
    .option("--inner-epochs <n>", "descents per batch of rollouts", count, 1)
    .option("--clip <x>", "half-width of the trust region", positive, 0.2)
    .option("--beta <x>", "weight of the K3 KL to the base model, 0 for none", nonNegative, 0)
    .addOption(
      new Option("--optimizer <name>", "AdamW's moments can bring a removed direction back, SGD's cannot")
        .choices(["adamw", "sgd"])
        .default("adamw"),
    )
    .option("--lr <x>", "learning rate", positive, 0.05)
    .option("--clip-grad-norm <x>", "largest global norm of the raw gradient", positive, 0.01);
}

function updateSettings(options: UpdateOptions): Omit<GrpoUpdate, "arm"> {
  const { gate, overshoot, preserveMagnitude, project, teacherLogps, innerEpochs, clip, beta, optimizer } = options;
  return {
    remove: projector(gate, overshoot, preserveMagnitude ?? false),
    project,
    teacherLogps,
    innerEpochs,
    clip,
    beta,
    optimizer,
    adamW: usualAdamW,
    learningRate: options.lr,
    clipGradNorm: options.clipGradNorm,
  };
}

function withEvaluation(command: Command): Command {
  return command
    .option("--eval-every <n>", "steps between evaluations", count, 5)
    .option("--eval-problems <n>", "problems of each evaluation, from each set", count, 32)
    .option("--eval-rollouts <n>", "answers per problem of an evaluation", count, 2);
}

function evaluationSettings({ evalEvery, evalProblems, evalRollouts }: EvaluationOptions): GrpoEvaluation {
  return { every: evalEvery, problems: evalProblems, rollouts: evalRollouts };
}
