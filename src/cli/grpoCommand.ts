import { rm } from "node:fs/promises";
import { Command, Option } from "commander";
import { withRunLock, type RunPart } from "../artifact/runLock.ts";
import { listSteps } from "../artifact/manifest.ts";
import { armName, defaultAdapter, runLayout } from "../artifact/runLayout.ts";
import { modelHash, sha256OfFile } from "../artifact/sha256.ts";
import { loadTokenizer } from "../checkpoint/tokenizer.ts";
import type { Grader } from "../environment/grader.ts";
import { readProblems, type Problem } from "../environment/problem.ts";
import { grpo } from "../probe/grpo/grpo.ts";
import { problemsInPool, readPoolRows } from "../probe/grpo/grpoCachedPool.ts";
import { evaluationProblems } from "../probe/grpo/grpoProblems.ts";
import type { GrpoSettings } from "../probe/grpo/grpoSettings.ts";
import { expectPoolFits } from "../probe/expectPoolFits.ts";
import { makeTeacherRows } from "../probe/grpo/grpoTeacher.ts";
import { loadModel } from "../probe/loadedModel.ts";
import { openVHack } from "../probe/openVHack.ts";
import type { Progress } from "../probe/progress.ts";
import { identityOf } from "../probe/run.ts";
import { openSteps } from "../probe/steps.ts";
import { readVHack } from "../vhack/vHackFile.ts";
import { withAdapter, type AdapterOptions } from "./options/adapter.ts";
import { startChosenBackend } from "./options/backend.ts";
import { withExecutor, type ExecutorOptions } from "./options/executor.ts";
import { vHackFileOf } from "./options/gate.ts";
import { grpoSettings, withGrpoSettings, type GrpoSettingOptions } from "./options/grpo.ts";
import { miniaturePath } from "./options/miniature.ts";
import { positionsRecord, resolveDir } from "./options/model.ts";
import { armNames, namedArms, type ArmName } from "./options/namedArms.ts";
import { withTeacher } from "./options/pool.ts";
import { withRun, type RunOptions } from "./options/run.ts";
import { terminalProgress } from "./terminalProgress.ts";
import { withGrader, type GraderRecord } from "./withGrader.ts";
import { withStudent } from "./withStudent.ts";

interface GrpoOptions extends RunOptions, AdapterOptions, ExecutorOptions, GrpoSettingOptions {
  readonly arm: ArmName;
  readonly teacher: string;
  readonly teacherPool?: string;
  readonly teacherOnly?: true;
  readonly problems: string;
  readonly heldout: string;
}

/** `vhack grpo`: the trajectory probe. */
export function grpoCommand(): Command {
  return withGrpoSettings(withTeacher(withAdapter(withExecutor(withRun(new Command("grpo"))))))
    .description(
      "Phase 2: does the policy gradient push toward hacking, and does the projection slow it? Mixed student and teacher rollouts, Dr.GRPO. Resumes bit for bit.",
    )
    .addOption(
      new Option("--arm <name>", "vanilla, or what is removed and how").choices(armNames).makeOptionMandatory(),
    )
    .option("--teacher-pool <folder>", "take the teacher's rows from a pool, labels frozen, instead of asking it")
    .option("--teacher-only", "make the teacher's rows, which all arms of a seed share, and stop")
    .option("--problems <file.jsonl>", "training problems", miniaturePath("problems_train.jsonl"))
    .option("--heldout <file.jsonl>", "problems of the held-out evaluation", miniaturePath("problems_heldout.jsonl"))
    .action(async (given: GrpoOptions) => {
      await startChosenBackend(given);
      const { out, arm, seed, teacherOnly } = given;
      const part = grpoPart(`${teacherOnly ? "teacher only" : arm} seed ${seed}`);
      await withRunLock(out, part, () => runGrpo(withAdapterOfArm(given), terminalProgress(process.stderr)));
    });
}

/** Arms and seeds have folders of their own, and may be made at once; what they share is a part too. */
function grpoPart(what: string): RunPart {
  return { name: `grpo ${what}`, mayRunBeside: (other) => other.startsWith("grpo ") };
}

/** The adapter may be named by the arm or by --adapter; after this both agree. */
function withAdapterOfArm(options: GrpoOptions): GrpoOptions {
  const { adapter } = namedArms.get(options.arm)!;
  return adapter === defaultAdapter ? options : { ...options, adapter };
}

/** The command with its flags read. */
interface GrpoJob {
  readonly options: GrpoOptions;
  readonly settings: GrpoSettings;
  readonly progress: Progress;
  readonly grader: Grader;
  /** what the manifests of teacher rows and arms both say */
  readonly record: GraderRecord & Record<"problems" | "teacher", string>;
}

/** Teacher rows first (once per seed), then the arm. */
async function runGrpo(options: GrpoOptions, progress: Progress): Promise<void> {
  if (!options.teacherOnly) await readVHack(vHackFileOf(options)); // a file that cannot be used ends the command at once
  const settings = grpoSettings(options, namedArms.get(options.arm)!.arm);
  const teacherDir = await resolveDir(options.teacher, options, progress);
  const files = { problems: await sha256OfFile(options.problems), teacher: await modelHash(teacherDir) };
  await withGrader(options, progress, async (grader, graderRecord) => {
    const job = { options, settings, progress, grader, record: { ...files, ...graderRecord } };
    const problems = await teacherRows(job, teacherDir);
    if (!options.teacherOnly) await trainArm(job, problems);
  });
}

/** Make the teacher's rows that are still missing, and say which problems the run draws from. */
async function teacherRows({ options, settings, progress, grader, record }: GrpoJob, teacherDir: string) {
  const { out, seed, teacherPool } = options;
  const { promptsPerStep, teacherRollouts, sampling } = settings;
  const modelDir = await resolveDir(options.model, options, progress);
  const model = { hash: await modelHash(modelDir), tokenizer: await loadTokenizer(modelDir) };
  const all = await readProblems(options.problems);
  const pool = teacherPool === undefined ? null : await readPoolRows(teacherPool, model.hash);
  const problems = pool === null ? all : problemsInPool(all, pool, teacherRollouts, teacherPool!);
  if (teacherRollouts === 0) return problems;
  const config = {
    ...record,
    promptsPerStep,
    teacherRollouts,
    sampling,
    pool: teacherPool ?? "live",
    ...positionsRecord(options),
  };
  const identity = identityOf(model, { stage: "grpo teacher", vHackHash: null, seed, config });
  const folder = runLayout(out, defaultAdapter).teacherRows(seed);
  const steps = Array.from({ length: settings.steps }, (_, step) => step);
  const openNow = () => openSteps({ folder, identity }, steps);
  if (!options.overwrite && (await openNow()).length === 0) return problems;
  await withRunLock(out, grpoPart(`teacher rows seed ${seed}`), async () => {
    if (options.overwrite) await rm(folder, { recursive: true, force: true });
    const loaded = await loadModel(modelDir, teacherDir, options.beyondPositions);
    if (teacherPool !== undefined) await expectPoolFits(loaded, teacherPool, await listSteps(teacherPool));
    await makeTeacherRows(
      { loaded, identity, folder, progress },
      await openNow(),
      { problems, grader, pool },
      settings,
    );
    loaded.model.dispose();
  });
  return problems;
}

async function trainArm({ options, settings, progress, grader, record }: GrpoJob, problems: readonly Problem[]) {
  const { seed, gate, overshoot } = options;
  const layout = runLayout(options.out, options.adapter);
  const folder = layout.trajectory(settings.arm, seed);
  const drawn = (from: readonly Problem[]) => evaluationProblems(from, settings.evaluation.problems, seed);
  const heldout = drawn(await readProblems(options.heldout));
  const { remove: _, steps: __, evaluation, ...config } = settings; // a function has no record; more steps are the same run
  await withStudent(options, progress, async (student) => {
    const vHack = await openVHack(vHackFileOf(options), student.adapter);
    const identity = identityOf(student.loaded, {
      stage: `grpo ${armName(settings.arm, options.adapter)}`,
      vHackHash: vHack.hash,
      seed,
      config: {
        ...config,
        exams: evaluation,
        ...record,
        adapter: student.adapter.basis,
        gate,
        overshoot,
        preserveMagnitude: options.preserveMagnitude ?? false,
        heldout: await sha256OfFile(options.heldout),
        pool: options.teacherPool ?? "live",
        ...positionsRecord(options),
      },
    });
    if (options.overwrite) await rm(folder, { recursive: true, force: true });
    await grpo({ ...student, identity, folder, progress }, vHack, settings, {
      problems,
      evaluation: { train: drawn(problems), heldout, grader },
      teacherFolder: layout.teacherRows(seed),
    });
    vHack.table.dispose();
  });
}
