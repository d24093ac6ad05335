import type { Sabotage } from "../sabotage.ts";

/** History: the first pool was made with the wrong prompt variant and held 0 hacks of 8. */
export const unhintedPrompt: Sabotage = {
  name: "prompt off-distribution",
  breaks: "the hint is left out of the prompts",
  caughtAt: "R1",
  pointsAt: /prompt off-distribution/,
  run: async (bench) => {
    const out = await bench.withTeacher((teacher) =>
      bench.pool("unhintedPrompt", teacher, { promptMessages: ({ messages }) => [...messages] }),
    );
    return { out, vHackPath: null };
  },
};
