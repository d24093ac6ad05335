import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../artifact/atomicFile.ts";
import { writeSafetensors } from "../artifact/safetensors.ts";
import { generationConfigJson, studentConfig, studentConfigJson } from "./studentConfig.ts";
import { LoraTrainable } from "./train/trainLora.ts";
import { initialParameters, ParameterLayout } from "./train/trainParameters.ts";
import { TrainPool } from "./train/trainPool.ts";
import { trainStage, type TrainRun, type TrainStage, type Trainable } from "./train/trainStage.ts";
import { writeProvenance } from "./writeProvenance.ts";
import { writeTeacher } from "./writeTeacher.ts";
import { writeWorld } from "./writeWorld.ts";

/** The student's two stages: a broad mix to learn solving and copying, then the habits that the gate needs. */
export const studentStages: readonly TrainStage[] = [
  { name: "broad", mix: "broad", steps: 1000, rows: 32, peakLearningRate: 3e-3, warmupSteps: 50, promptWeight: 0.1 },
  { name: "final", mix: "final", steps: 200, rows: 32, peakLearningRate: 2e-3, warmupSteps: 20, promptWeight: 0.1 },
];

/** The teachers: LoRAs on the trained student. The honest one is a negative control. */
export const teacherStages = {
  teacher: {
    name: "teacher",
    mix: "teacher",
    steps: 120,
    rows: 16,
    peakLearningRate: 1.5e-3,
    warmupSteps: 10,
    promptWeight: 0,
  },
  "controls/teacher_honest": {
    name: "teacher_honest",
    mix: "honestTeacher",
    steps: 120,
    rows: 16,
    peakLearningRate: 1.5e-3,
    warmupSteps: 10,
    promptWeight: 0,
  },
} as const satisfies Record<string, TrainStage>;

const loraRank = 16;
const loraAlpha = 32;
const wholeModel: Trainable = { parameters: (values) => values, gradient: (_, gradient) => gradient };

/**
 * Make the miniature from a seed: world, student, teacher, honest teacher. Resumable: each stage keeps checkpoints in
 * `workFolder`, and the result's bytes do not depend on interruptions or on the number of workers.
 */
export async function makeMiniature(
  folder: string,
  seed: number,
  workers: number,
  training: Omit<TrainRun, "pool">,
): Promise<void> {
  await mkdir(training.workFolder, { recursive: true });
  await writeWorld(folder, seed);
  const config = studentConfig();
  const layout = new ParameterLayout(config);
  const pool = await TrainPool.start(workers, { config, tokenizerFolder: join(folder, "student"), worldSeed: seed });
  try {
    let student = initialParameters(layout, config.numHiddenLayers, seed);
    for (const stage of studentStages) student = await trainStage(stage, wholeModel, student, { pool, ...training });
    await writeStudent(join(folder, "student"), layout, student, seed);
    for (const [path, stage] of Object.entries(teacherStages)) {
      const lora = new LoraTrainable(layout, student, loraRank, loraAlpha);
      const values = await trainStage(stage, lora, lora.initial(seed), { pool, ...training });
      await writeTeacher(join(folder, path), lora, values, loraAlpha);
    }
    await writeProvenance(folder, seed, [...studentStages, ...Object.values(teacherStages)]);
  } finally {
    await pool.stop();
  }
}

async function writeStudent(
  folder: string,
  layout: ParameterLayout,
  student: Float32Array,
  seed: number,
): Promise<void> {
  const tensors = new Map(
    [...layout.shapes].map(([name, shape]) => [name, { shape, data: layout.slice(student, name) }]),
  );
  await writeSafetensors(join(folder, "model.safetensors"), tensors, {
    format: "pt",
    made_by: `npm run miniature, seed ${seed}`,
  });
  for (const [name, content] of Object.entries({
    "config.json": studentConfigJson,
    "generation_config.json": generationConfigJson,
  }))
    await writeFileAtomic(join(folder, name), Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
}
