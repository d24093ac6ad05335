import type { Sabotage } from "../sabotage.ts";

/** The LoRA is opened and never folded in: base weights leak through, correct code and no hacks. */
export const teacherNotMerged: Sabotage = {
  name: "teacher not merged",
  breaks: "the pool's teacher is the student's checkpoint without the LoRA",
  caughtAt: "R1",
  pointsAt: /teacher not merged/,
  run: async (bench) => ({ out: await bench.pool("teacherNotMerged", bench.student, {}), vHackPath: null }),
};
