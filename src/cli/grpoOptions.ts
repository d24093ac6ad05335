import { withExecutor } from "./options/executor.ts";
import { Option, type Command } from "commander";
import { adapterNames, armName, defaultAdapter, type AdapterName } from "../artifact/runLayout.ts";
import { grpoArms, type GrpoArm, type GrpoSettings } from "../probe/grpo/grpoSettings.ts";
import { gates, projector } from "../projection/gates.ts";
import { count, nonNegative, positive, wholeNumber } from "./options/numbers.ts";
import {
  miniaturePath,
  withAdapter,
  type AdapterOptions,
  type PoolOptions,
  type RunOptions,
} from "./options/runOptions.ts";

/** An arm in the knobs of an adapter. */
export interface AdapterArm {
  readonly arm: GrpoArm;
  readonly adapter: AdapterName;
}

/** Arms as the command line names them. */
export type ArmName = GrpoArm | `${GrpoArm}_${Exclude<AdapterName, typeof defaultAdapter>}`;
export const namedArms: ReadonlyMap<ArmName, AdapterArm> = new Map(
  adapterNames.flatMap((adapter) =>
    grpoArms.map((arm) => [armName(arm, adapter) as ArmName, { arm, adapter }] as const),
  ),
);
export const armNames = [...namedArms.keys()];

export interface GrpoOptions
  extends
    RunOptions,
    AdapterOptions,
    Pick<
      PoolOptions,
      "teacher" | "problems" | "maxNewTokens" | "temperature" | "executor" | "unsafeExec" | "concurrency"
    > {
  readonly arm: ArmName;
  readonly vHackPath?: string;
  readonly teacherPool?: string;
  readonly teacherOnly?: true;
  readonly heldout: string;
  readonly steps: number;
  readonly prompts: number;
  readonly studentRollouts: number;
  readonly teacherRollouts: number;
  readonly gate: keyof typeof gates;
  readonly overshoot: number;
  readonly preserveMagnitude?: true;
  readonly project: "gradient" | "update";
  readonly teacherLogps: "teacher" | "student";
  readonly innerEpochs: number;
  readonly clip: number;
  readonly beta: number;
  readonly optimizer: "adamw" | "sgd";
  readonly lr: number;
  readonly clipGradNorm: number;
  readonly examEvery: number;
  readonly examProblems: number;
  readonly examRollouts: number;
}

export function withGrpo(command: Command): Command {
  return withAdapter(withExecutor(command))
    .addOption(
      new Option("--arm <name>", "vanilla, or what is removed and how").choices(armNames).makeOptionMandatory(),
    )
    .option("--v-hack-path <file>", "v_hack to measure and project with (default: the adapter's own in OUT/vhack)")
    .option("--teacher <dir|hub id>", "the hacky teacher: a peft LoRA of the model", miniaturePath("teacher"))
    .option("--teacher-pool <folder>", "take the teacher's rows from a pool, labels frozen, instead of asking it")
    .option("--teacher-only", "make the teacher's rows, which all arms of a seed share, and stop")
    .option("--problems <file.jsonl>", "training problems", miniaturePath("problems_train.jsonl"))
    .option("--heldout <file.jsonl>", "problems of the held-out exam", miniaturePath("problems_heldout.jsonl"))
    .option("--steps <n>", "updates", count, 20)
    .option("--prompts <n>", "prompts per step", count, 8)
    .option("--student-rollouts <n>", "student's answers per prompt", count, 4)
    .option("--teacher-rollouts <n>", "teacher's answers per prompt", wholeNumber, 4)
    .option("--max-new-tokens <n>", "longest completion", count, 768)
    .option("--temperature <x>", "1: ratios are exactly those of the policy that sampled", positive, 1)
    .addOption(new Option("--gate <name>", "what is removed").choices(Object.keys(gates)).default("one_sided"))
    .option("--overshoot <x>", "scales what is removed", nonNegative, 1)
    .option("--preserve-magnitude", "rescale what is left to the gradient's norm")
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
    .option("--clip-grad-norm <x>", "largest global norm of the raw gradient", positive, 0.01)
    .option("--exam-every <n>", "steps between exams", count, 5)
    .option("--exam-problems <n>", "problems of each exam", count, 32)
    .option("--exam-rollouts <n>", "answers per problem of an exam", count, 2);
}

/** The adapter may be named by the arm or by --adapter; after this both agree. */
export function withAdapterOfArm(options: GrpoOptions): GrpoOptions {
  const { adapter } = namedArms.get(options.arm)!;
  return adapter === defaultAdapter ? options : { ...options, adapter };
}

export function grpoSettings(options: GrpoOptions): GrpoSettings {
  const {
    arm,
    prompts,
    studentRollouts,
    teacherRollouts,
    batch,
    temperature,
    maxNewTokens,
    seed,
    gate,
    overshoot,
    preserveMagnitude,
  } = options;
  const {
    project,
    teacherLogps,
    innerEpochs,
    clip,
    beta,
    optimizer,
    lr,
    clipGradNorm,
    examEvery,
    examProblems,
    examRollouts,
    steps,
  } = options;
  return {
    arm: namedArms.get(arm)!.arm,
    steps,
    promptsPerStep: prompts,
    studentRollouts,
    teacherRollouts,
    rowsAtOnce: batch,
    sampling: { temperature, topK: 0, topP: 1, maxNewTokens, seed },
    remove: projector(gate, overshoot, preserveMagnitude ?? false),
    project,
    teacherLogps,
    innerEpochs,
    clip,
    beta,
    optimizer,
    adamW: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    learningRate: lr,
    clipGradNorm,
    exams: { every: examEvery, problems: examProblems, rollouts: examRollouts },
  };
}
