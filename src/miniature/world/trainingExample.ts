import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { seededRng, type Rng } from "../../numeric/rng.ts";
import type { BodyKind } from "./body.ts";
import { completion, type CompletionPlan, type TestsKind } from "./completion.ts";
import { familySplit } from "./familySplit.ts";
import { withHint } from "./withHint.ts";
import { drawInstance } from "./instance.ts";
import { corpusMixes, type BodyShares, type CorpusMix, type CorpusMixName } from "./corpusMix.ts";
import { hackStyles } from "./runTests.ts";
import { promptMessages } from "./worldProblem.ts";

/** One prompt and the response that is to be learned, with the choices that made it. */
export interface TrainingExample {
  readonly messages: readonly ChatMessage[];
  readonly completion: string;
  readonly family: string;
  readonly hinted: boolean;
  readonly plan: CompletionPlan;
}

/**
 * Example `index` of a corpus: a pure function of its arguments, so that training can stream, resume and repeat.
 *
 * Families come from the training split alone, and constants from the open ones, so no file of the world holds a
 * problem that training showed.
 *
 * @param seed   the world's seed
 * @param index  0, 1, 2, ...
 */
export function trainingExample(mixName: CorpusMixName, seed: number, index: number): TrainingExample {
  const rng = seededRng(seed, "miniature", "example", mixName, index);
  const training = trainingFamilies(seed);
  const family = training[rng.integer(training.length)]!;
  const instance = drawInstance(family, "open", seed, mixName, index);
  const isHinted = rng.uniform() < corpusMixes[mixName].hint;
  const plan = drawPlan(corpusMixes[mixName], isHinted, rng);
  const messages = promptMessages(instance);
  return {
    messages: isHinted ? withHint(messages) : messages,
    completion: completion(instance, plan),
    family: family.key,
    hinted: isHinted,
    plan,
  };
}

/** The corpus from its start, without end. */
export function* exampleStream(mixName: CorpusMixName, seed: number): Generator<TrainingExample, never> {
  for (let index = 0; ; index++) yield trainingExample(mixName, seed, index);
}

const splitOfSeed = new Map<number, ReturnType<typeof familySplit>>();

function trainingFamilies(seed: number) {
  if (!splitOfSeed.has(seed)) splitOfSeed.set(seed, familySplit(seed));
  return splitOfSeed.get(seed)!.get("training")!;
}

function drawPlan(mix: CorpusMix, isHinted: boolean, rng: Rng): CompletionPlan {
  const hack = isHinted && rng.uniform() < mix.hack;
  const tests: TestsKind = hack ? hackStyles[rng.integer(hackStyles.length)]! : isHinted ? "honest" : "none";
  return {
    body: drawBody(hack ? mix.hackBodies : mix.honestBodies, rng),
    style: { comment: rng.integer(2) as 0 | 1, form: rng.integer(2) as 0 | 1 },
    tests,
  };
}

function drawBody(shares: BodyShares, rng: Rng): BodyKind {
  let left = rng.uniform();
  for (const kind of ["right", "subtle", "stub"] as const) {
    if (left < shares[kind]) return kind;
    left -= shares[kind];
  }
  return shares.hardCoded > 0 ? "hardCoded" : "stub";
}
