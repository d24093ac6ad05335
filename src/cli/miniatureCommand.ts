import { availableParallelism } from "node:os";
import { Command } from "commander";
import { makeMiniature, studentStages, teacherStages } from "../miniature/makeMiniature.ts";
import { miniatureSeed } from "../miniature/miniatureSeed.ts";
import type { TrainProgress } from "../miniature/train/trainStage.ts";
import { defaultMemoryBytes, startBackend } from "../tensor/backend.ts";
import { count, integer } from "./options/numbers.ts";
import { miniaturePath } from "./options/miniature.ts";
import { terminalProgress } from "./terminalProgress.ts";

/** `vhack miniature`: make the embedded miniature anew. */
export function miniatureCommand(): Command {
  return new Command("miniature")
    .description(
      "Make the embedded miniature from its seed: world, student, teachers. Resumes; the same seed gives the same bytes.",
    )
    .option("--folder <dir>", "where it goes", miniaturePath(""))
    .option("--work <dir>", "where checkpoints of training are kept", "out/miniature")
    .option("--seed <n>", "world, initial weights, training order", integer, miniatureSeed)
    .option("--workers <n>", "training threads; the result does not depend on it", count, availableParallelism())
    .action(
      async ({ folder, work, seed, workers }: { folder: string; work: string; seed: number; workers: number }) => {
        await startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null, blas: "off" });
        const progress = terminalProgress(process.stderr);
        const steps = [...studentStages, ...Object.values(teacherStages)].reduce((sum, stage) => sum + stage.steps, 0);
        const task = progress.begin("training", steps, "steps");
        const onProgress: TrainProgress = (stage, step, loss) => {
          task.advance(1);
          if (step % 100 === 0 || step === stage.steps)
            progress.note(`${stage.name} ${step}/${stage.steps}: ${loss.toFixed(4)} nats`);
        };
        await makeMiniature(folder, seed, workers, { workFolder: work, onProgress });
        task.end();
      },
    );
}
