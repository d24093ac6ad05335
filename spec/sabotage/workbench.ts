import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Adapter } from "../../src/adapter/adapter.ts";
import type { AntiPasto } from "../../src/adapter/antipasto.ts";
import type { Lora } from "../../src/adapter/lora.ts";
import { readManifest } from "../../src/artifact/manifest.ts";
import { runLayout, stepPaths } from "../../src/artifact/runLayout.ts";
import { miniaturePath } from "../../src/cli/options/miniature.ts";
import { openGrader, type Grader } from "../../src/environment/grader.ts";
import { readProblems } from "../../src/environment/problem.ts";
import { drawProblems } from "../../src/probe/drawProblems.ts";
import { extractVHack, type Extraction } from "../../src/probe/extract/extractVHack.ts";
import { nllPairLoss } from "../../src/probe/extract/pairGradients.ts";
import type { RunIdentity, Student } from "../../src/probe/run.ts";
import { poolStage, type PoolStage } from "../../src/probe/pool/poolStage.ts";
import { openVHack } from "../../src/probe/openVHack.ts";
import { usualAdamW } from "../../src/optim/adamw.ts";
import { replay } from "../../src/probe/replay/replay.ts";
import type { Arm, ReplaySettings } from "../../src/probe/replay/replayStep.ts";
import { replayStage } from "../../src/probe/replay/replayStage.ts";
import { loadModel, type LoadedModel } from "../../src/probe/loadedModel.ts";
import { teacherPool } from "../../src/probe/pool/teacherPool.ts";
import { openAntiPasto } from "../../src/probe/openAdapter.ts";
import { oneSided } from "../../src/projection/gates.ts";
import { chooseExecutor } from "../../src/sandbox/chooseExecutor.ts";
import { runSeed, runSteps, svdCache } from "../support/honestRun.ts";
import { silentProgress } from "../../src/probe/progress.ts";
import type { Artifacts } from "./artifacts.ts";
import { anyPython } from "../../src/sandbox/findPython.ts";

/** Steps of the honest run that a sabotage starts from. */
export const sabotagedSteps = 6;
/** Problems of a sabotaged pool: generation is what costs. */
const pooledProblems = 4;

/** Of AntiPaSTO, which all sabotages but LoRA's own work on. */
const layout = (out: string) => runLayout(out, "antipasto");

/** What the product's stages are given, with the honest parts in place; a sabotage says which of them it replaces. */
export const honestSettings: Omit<ReplaySettings, "arm"> = {
  project: (gradient, vHack) => oneSided(gradient, vHack, 1),
  learningRate: 1e-3,
  adamW: usualAdamW,
  rowsAtOnce: 40,
  stage: replayStage,
};

/**
 * Where a pipeline is broken on purpose: the models loaded once, and folders that begin as copies of an honest run.
 *
 * A sabotaged stage writes the manifests that the honest one would: nothing but its figures can give it away.
 */
export class Workbench {
  readonly honest: string;
  readonly student: LoadedModel;
  readonly adapter: AntiPasto;
  readonly #grader: Grader;
  readonly #scratch: string;

  private constructor(honest: string, student: LoadedModel, adapter: AntiPasto, grader: Grader, scratch: string) {
    this.honest = honest;
    this.student = student;
    this.adapter = adapter;
    this.#grader = grader;
    this.#scratch = scratch;
  }

  /** @param honest  artifacts of a run that passes; the backend must be started */
  static async open(honest: string): Promise<Workbench> {
    const student = await loadModel(miniaturePath("student"), null);
    const adapter = await openAntiPasto(student, svdCache, silentProgress);
    const { executor } = await chooseExecutor("auto", 2, anyPython);
    return new Workbench(
      honest,
      student,
      adapter,
      openGrader(executor),
      await mkdtemp(join(tmpdir(), "vhack-sabotage-")),
    );
  }

  async close(): Promise<void> {
    this.adapter.dispose();
    this.student.model.dispose();
    await this.#grader.close();
    await rm(this.#scratch, { recursive: true });
  }

  /** A copy of the honest run's first steps, for one sabotage: as much as a broken stage has to run again. */
  copyOfHonest(name: string): Promise<string> {
    return this.#copy(name, sabotagedSteps);
  }

  /** A copy of all of it, where nothing has to run again. */
  wholeCopyOfHonest(name: string): Promise<string> {
    return this.#copy(name, runSteps);
  }

  async #copy(name: string, steps: number): Promise<string> {
    const out = join(this.#scratch, name);
    const late = (path: string): boolean => Number(/step_(\d+)\./.exec(path)?.[1] ?? 0) >= steps;
    for (const folder of ["probe_distill", "vhack"])
      await cp(join(this.honest, folder), join(out, folder), { recursive: true, filter: (path) => !late(path) });
    return out;
  }

  /** Make one arm again with a broken stage 3, in a folder that holds pool and v_hack. */
  replay(out: string, arm: Arm, broken: Partial<Omit<ReplaySettings, "arm">>): Promise<void> {
    return this.replayWith(this.adapter, out, arm, broken);
  }

  /** The same with another adapter, which the manifests then name. */
  async replayWith(
    adapter: AntiPasto,
    out: string,
    arm: Arm,
    broken: Partial<Omit<ReplaySettings, "arm">>,
  ): Promise<void> {
    const folder = layout(out).replay(arm, runSeed);
    const honest = await this.#identity(layout(this.honest).replay(arm, runSeed));
    const identity = { ...honest, config: { ...honest.config, adapter: adapter.basis } };
    await rm(folder, { recursive: true });
    const { table } = await openVHack(layout(this.honest).vHack("nll"), this.adapter);
    const run = { ...this.#studentWith(adapter), identity, folder, progress: silentProgress };
    await replay(run, table, { ...honestSettings, ...broken, arm }, layout(out).pool);
    table.dispose();
  }

  /** Make the pool again with a broken stage 1, and nothing after it. */
  async pool(name: string, teacher: LoadedModel, broken: Partial<PoolStage>): Promise<string> {
    const out = join(this.#scratch, name);
    const problems = drawProblems(await readProblems(miniaturePath("problems.jsonl")), runSteps, runSeed).slice(
      0,
      pooledProblems,
    );
    const identity = await this.#identity(layout(this.honest).pool);
    const sampling = { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: 190, seed: runSeed };
    const settings = { group: 8, rowsAtOnce: 32, sampling, stage: { ...poolStage, ...broken } };
    const run = { loaded: teacher, identity, folder: layout(out).pool, progress: silentProgress };
    await teacherPool(run, problems, this.#grader, settings);
    return out;
  }

  /** Extract v_hack from a few pairs with a broken stage 2; it is judged on the honest run's gradients. */
  async extract(name: string, broken: Partial<Extraction>): Promise<Artifacts> {
    const out = join(this.#scratch, name);
    const path = await this.extractInto(out, this.adapter, await this.fewPairs(), broken);
    return { out: await this.wholeCopyOfHonest(`${name}-run`), vHackPath: path };
  }

  /** Extract into a folder, by another adapter or loss; returns the v_hack file. */
  async extractInto(out: string, adapter: Adapter, pairs: string, broken: Partial<Extraction>): Promise<string> {
    const extraction: Extraction = {
      direction: "mean",
      k: 1,
      weakRows: 0,
      lowestRows: 0,
      loss: nllPairLoss,
      seed: runSeed,
      ...broken,
    };
    const run = { ...this.#studentWith(adapter), out, rowsAtOnce: 40, progress: silentProgress };
    await extractVHack(run, { pairs, controls: new Map() }, extraction);
    return runLayout(out, adapter.kind).vHack(extraction.loss.name);
  }

  /** A few of the contrast pairs, where their number does not matter. */
  async fewPairs(): Promise<string> {
    const path = join(this.#scratch, "few_pairs.jsonl");
    const lines = (await readFile(miniaturePath("pairs.jsonl"), "utf8")).split("\n").slice(0, 6);
    await writeFile(path, `${lines.join("\n")}\n`);
    return path;
  }

  /** What a projected LoRA replay measures of its basis at its last step, v_hack extracted in the same basis. */
  async loraDrift(out: string, lora: Lora, learningRate: number): Promise<Record<string, number>> {
    const { table } = await openVHack(await this.extractInto(out, lora, await this.fewPairs(), {}), lora);
    const folder = runLayout(out, "lora").replay("projected", runSeed);
    const identity = await this.#identity(layout(this.honest).replay("projected", runSeed));
    const run = { ...this.#studentWith(lora), identity, folder, progress: silentProgress };
    await replay(run, table, { ...honestSettings, learningRate, arm: "projected" }, layout(out).pool);
    table.dispose();
    const { measurements } = await readManifest(stepPaths(folder, sabotagedSteps - 1).manifest);
    return measurements!;
  }

  /** Lend the hacky teacher. */
  async withTeacher<Result>(use: (teacher: LoadedModel) => Promise<Result>): Promise<Result> {
    const teacher = await loadModel(miniaturePath("student"), miniaturePath("teacher"));
    try {
      return await use(teacher);
    } finally {
      teacher.model.dispose();
    }
  }

  #studentWith(adapter: Adapter): Student {
    return { loaded: this.student, adapter };
  }

  async #identity(folder: string): Promise<RunIdentity> {
    const { stage, config, modelHash, vHackHash, tokenizerHash, seed } = await readManifest(
      stepPaths(folder, 0).manifest,
    );
    return { stage, config, modelHash, vHackHash, tokenizerHash, seed };
  }
}
