/**
 * The chain on the miniature over several pool seeds, and what the gate says of each negative control.
 *
 *     npm run seeds -- [first seed] [how many] [folder]
 *
 * A seed decides which problems are drawn and every sampled token. Per seed: R1 to R4 as measured; R4 with each control
 * v_hack on the same stored gradients; R1 with the teacher that does not hack. Resumes.
 */
import { runLayout } from "../src/artifact/runLayout.ts";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Verdict {
  readonly id: string;
  readonly outcome: string;
  readonly headline: string;
  readonly message: string;
  readonly notes: readonly { readonly label: string; readonly text: string }[];
}

const [first = "41", howMany = "5", root = "out/seeds"] = process.argv.slice(2);
const repository = fileURLToPath(new URL("..", import.meta.url));
const miniature = join(repository, "fixtures", "miniature");

/** Runs a command of the program; its report (exit code 0 or 1) is standard output. */
function vhack(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repository, "bin", "vhack.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status === 0 || status === 1) return stdout;
  throw new Error(`vhack ${args.join(" ")}: expected exit code 0 or 1, got ${status}: ${stderr}`);
}

function verdicts(...args: string[]): readonly Verdict[] {
  return (JSON.parse(vhack("uat", "--json", ...args)) as { verdicts: Verdict[] }).verdicts;
}

function find(all: readonly Verdict[], id: string): Verdict {
  const verdict = all.find((candidate) => candidate.id === id);
  if (verdict === undefined)
    throw new Error(`expected a verdict of ${id}, got ${all.map((candidate) => candidate.id).join(", ")}`);
  return verdict;
}

for (let seed = Number(first); seed < Number(first) + Number(howMany); seed++) {
  const out = join(root, `seed${seed}`);
  const flags = ["--seed", String(seed), "--out", out];
  vhack("chain", ...flags, "--steps", "40", "--max-new-tokens", "190", "--json");
  const all = verdicts(...flags);
  console.log(`seed ${seed}`);
  for (const { id, outcome, headline } of all) console.log(`  ${id} ${outcome}: ${headline}`);
  for (const { label, text } of [...find(all, "R3").notes, ...find(all, "R4").notes])
    console.log(`     ${label}: ${text}`);
  for (const name of ["pairs_matched_body", "pairs_clean_clean", "shuffled_labels", "random"]) {
    const { outcome, headline } = find(
      verdicts(...flags, "--v-hack-path", runLayout(out, "antipasto").control(name)),
      "R4",
    );
    console.log(`  control ${name}: R4 ${outcome}: ${headline}`);
  }
  const honest = ["--seed", String(seed), "--out", join(root, `honest${seed}`)];
  vhack(
    "teacher-pool",
    ...honest,
    "--teacher",
    join(miniature, "controls", "teacher_honest"),
    "--steps",
    "10",
    "--max-new-tokens",
    "190",
  );
  const { outcome, headline, message } = find(verdicts(...honest), "R1");
  console.log(`  control teacher that does not hack: R1 ${outcome}: ${headline}: ${message}`);
}
