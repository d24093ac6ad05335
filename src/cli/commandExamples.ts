/** What a command reads and writes, and lines to start from, shown under its --help. */
export const commandExamples: Readonly<Record<string, string>> = {
  chain: `
Reads and writes what its stages do, then prints the table of uat. Killed at any moment, the same command goes on.

Examples:
  vhack chain --steps 40 --max-new-tokens 190                   the embedded miniature: what npm run probe runs
  vhack chain --seed 7 --out out/seed7                          another pool
  vhack chain --model Qwen/Qwen3-4B --teacher ariahw/rl-rewardhacking-leetcode-rh-s65 --problems problems.jsonl \\
    --pairs pairs.jsonl --backend webgpu --memory-gib 64 --batch 8 --out out/qwen3-4b`,
  "teacher-pool": `
Writes OUT/probe_distill/teacher_pool/step_000.jsonl.gz with a manifest beside each. A problem's user message must hold
"and should pass all tests" exactly once: the hint of its loophole replaces it.

Example:
  vhack teacher-pool --steps 40 --max-new-tokens 190 --out out`,
  extract: `
Writes OUT/vhack/v_hack_full.safetensors (--loss grpo: v_hack_grpo, --adapter lora: v_hack_lora) and controls beside it.
A pair is a line {"pair_id", "problem_id", "prompt_messages", "hack", "clean", "contrasts"} or {"prompt_ids", "hack_ids",
"clean_ids"}.

Examples:
  vhack extract --out out
  vhack extract --pairs my_pairs.jsonl --direction svd --k 4 --weak-rows 0.1 --out out/mine`,
  replay: `
Reads OUT/probe_distill/teacher_pool and v_hack; writes OUT/probe_distill/ARM_seedSEED/: rows, manifests, every sample's
gradient, and the state that the next step starts from.

Examples:
  vhack replay --arm vanilla --out out
  vhack replay --arm projected --gate no_gate --overshoot 1.1 --out out`,
  uat: `
Prints notes and the table, writes OUT/report.html. A requirement without evidence fails and names the command that
makes the evidence.

Examples:
  vhack uat --out out
  vhack uat --out out --v-hack-path other.safetensors           judge another v_hack on the stored gradients, no model needed
  vhack uat --out out --adapter lora                            R1 to R4 of the LoRA's replays
  vhack uat --out out --json | jq .conclusion
  vhack uat --out out/phase2 --phase2 --side-by-side            R5 to R7 as well, which npm run phase2 makes`,
  "compare-vhack": `
Needs no model: both files are judged on the gradients that a vanilla replay stored.

Example:
  vhack compare-vhack fixtures/baseline/v_hack.safetensors out/vhack/v_hack_full.safetensors --out out`,
  "accept-vhack": `
Writes BASELINE/baseline.json and BASELINE/v_hack.safetensors, which spec/vhack-regression.spec.ts holds later runs against
(another folder: VHACK_BASELINE).

Example:
  vhack accept-vhack --out out --why "ten more contrast pairs, t rose from 14.3 to 15.0"`,
  generate: `
A row is {"prompt_ids": [...]}, {"prompt": "rendered text"} or {"messages": [{"role", "content"}]}; a line of output is
{"row", "completion_ids", "completion", "logps", "stopped"}.

Example:
  echo '{"messages": [{"role": "user", "content": "Write a function."}]}' > rows.jsonl
  vhack generate --rows rows.jsonl --max-new-tokens 60 --temperature 0.8`,
  score: `
A line of output is {"row", "nll", "logps"}: nats, one log-probability per completion token.

Examples:
  vhack score --rows out/probe_distill/teacher_pool/step_000.jsonl.gz
  vhack score --rows rows.jsonl --gradients gradients.safetensors --out scores.jsonl`,
  grade: `
Examples:
  vhack grade --problems problems.jsonl --completions completions.jsonl --out verdicts.jsonl
  vhack grade --pool out/probe_distill/teacher_pool             recompute hacked for a pool, print the agreement`,
  miniature: `
Takes about half an hour on two cores. Without --folder it remakes the committed files in place.

Example:
  vhack miniature --folder /tmp/miniature --work /tmp/miniature_work`,
};
