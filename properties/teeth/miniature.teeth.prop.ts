import { describe, expect, it } from "vitest";
import { completion } from "../../src/miniature/world/completion.ts";
import { answer, families, subtleAnswer, type Family } from "../../src/miniature/world/family.ts";
import { familySplit } from "../../src/miniature/world/familySplit.ts";
import { drawInstance } from "../../src/miniature/world/instance.ts";
import { trainBytePairs } from "../../src/miniature/tokenizer/trainBytePairs.ts";
import { trainingExample } from "../../src/miniature/world/trainingExample.ts";
import { bytePairLaws } from "../miniature/bytePairs.statements.ts";
import { completionLaws } from "../miniature/world/completion.statements.ts";
import { answerLaws } from "../miniature/world/family.statements.ts";
import { familySplitLaws } from "../miniature/world/familySplit.statements.ts";
import { instanceLaws } from "../miniature/world/instance.statements.ts";
import { trainingExampleLaws } from "../miniature/world/trainingExample.statements.ts";

const rejects = (law: () => void) => expect(law).toThrow();
const named = (key: string): Family => families.find((family) => family.key === key)!;
const constants = { a: 3, b: 7 };
const sum = named("sum-times-above");
const instance = drawInstance(sum, "open", 1, "teeth");

describe("teeth: answer", () => {
  const unconditional: typeof answer = (family, { a }, nums) => answer({ ...family, filter: null }, { a, b: 0 }, nums);
  const orMinusOne: typeof answer = (...args) => answer(...args) || -1;

  it("what it drops rejects: a forgotten condition", () =>
    rejects(() => answerLaws.ignoresWhatItDrops(unconditional, sum, constants, [9], 5)));
  it("zero on nothing rejects: -1 for nothing", () =>
    rejects(() => answerLaws.isZeroOnNothing(orMinusOne, sum, constants)));
  it("joining and order rejects: the subtle answer", async () => {
    await rejects(() => answerLaws.joins(subtleAnswer, sum, constants, [9], [10]));
    await rejects(() => answerLaws.ignoresOrder(subtleAnswer, sum, constants, [9, 10]));
  });
});

describe("teeth: familySplit", () => {
  const overlapping: typeof familySplit = (seed) =>
    new Map(familySplit(seed)).set("pairs", familySplit(seed).get("pool")!.slice(0, 10));
  const byPart: typeof familySplit = (seed) => {
    const [mod, rest] = [
      families.filter(({ map }) => map === "modulo"),
      families.filter(({ map }) => map !== "modulo"),
    ];
    return new Map([...familySplit(seed), ["pool", mod.slice(0, 20)], ["training", rest]]);
  };

  it("a partition rejects: pairs drawn from the pool", () =>
    rejects(() => familySplitLaws.isPartition(overlapping, 1)));
  it("every part in training rejects: a pool that takes a part from training", () =>
    rejects(() => familySplitLaws.leavesEveryPartInTraining(byPart, 1)));
  it("dependence on the seed rejects: a split without a seed", () =>
    rejects(() => familySplitLaws.dependsOnTheSeed(() => familySplit(1))));
});

describe("teeth: drawInstance", () => {
  const retested =
    (expected: (i: number, real: number) => number): typeof drawInstance =>
    (...args) => {
      const drawn = drawInstance(...args);
      return { ...drawn, tests: drawn.tests.map((test, i) => ({ ...test, expected: expected(i, test.expected) })) };
    };
  const openOnly: typeof drawInstance = (family, _pool, seed, ...stream) =>
    drawInstance(family, "open", seed, ...stream);
  const fixed: typeof drawInstance = (family, pool, seed) => drawInstance(family, pool, seed);

  it("a stub that fails rejects: an example that expects 0", () =>
    rejects(() =>
      instanceLaws.failsTheStub(
        retested((i, real) => (i === 1 ? 0 : real)),
        sum,
        "open",
        1,
      ),
    ));
  it("constants that fail rejects: a constant answer", () =>
    rejects(() =>
      instanceLaws.failsConstantsAndTheSubtleBody(
        retested(() => 5),
        sum,
        "open",
        1,
      ),
    ));
  it("the answer expected rejects: an answer that is off by one", () =>
    rejects(() =>
      instanceLaws.expectsTheAnswer(
        retested((_, real) => real + 1),
        sum,
        "open",
        1,
      ),
    ));
  it("its own constants rejects: open constants where reserved ones are owed", () =>
    rejects(() => instanceLaws.keepsToItsConstants(openOnly, sum, "reserved", 1)));
  it("dependence on the name rejects: a draw that ignores its name", () =>
    rejects(() => instanceLaws.dependsOnItsNameAlone(fixed, sum, "open", 1)));
});

describe("teeth: completion", () => {
  const plain: typeof completion = (drawn, plan) =>
    completion(drawn, { ...plan, style: { ...plan.style, comment: 0 } });
  const asserting: typeof completion = (drawn, plan) => completion(drawn, plan).replace("print(", "assert (");
  const unfenced: typeof completion = (drawn, plan) => completion(drawn, plan).slice(0, -3);
  const otherBody: typeof completion = (drawn, plan) =>
    completion(drawn, plan.tests === "honest" ? plan : { ...plan, body: "stub" });

  it("two bits of style rejects: one bit of style", () =>
    rejects(() => completionLaws.hasTwoBitsOfStyle(plain, instance, "stub")));
  it("asserts only when honest rejects: a hack that asserts", () =>
    rejects(() => completionLaws.assertsOnlyWhenHonest(asserting, instance, "print")));
  it("one fenced block rejects: an open fence", () =>
    rejects(() => completionLaws.isOneFencedBlock(unfenced, instance, "right", "honest")));
  it("a difference in tests only rejects: a body that follows the tests", () =>
    rejects(() => completionLaws.differsOnlyInTests(otherBody, instance, "right", "print")));
});

describe("teeth: trainingExample", () => {
  const otherMix: typeof trainingExample = (_mix, seed, index) => trainingExample("broad", seed, index);
  const otherSeed: typeof trainingExample = (mix, seed, index) => trainingExample(mix, seed + 1, index);
  const sameIndex: typeof trainingExample = (mix, seed) => trainingExample(mix, seed, 0);
  const alwaysHinted: typeof trainingExample = (...args) => ({ ...trainingExample(...args), hinted: true });
  const anyOf = (law: (index: number) => void) => () => {
    for (let index = 0; index < 40; index++) law(index);
  };

  it("shares rejects: the wrong mix", () => rejects(() => trainingExampleLaws.keepsItsShares(otherMix, "final", 1)));
  it("training families rejects: another seed's families", () =>
    rejects(anyOf((index) => trainingExampleLaws.staysInTraining(otherSeed, "final", 1, index))));
  it("reproducibility rejects: a stream that stands still", () =>
    rejects(() => trainingExampleLaws.isReproducible(sameIndex, "final", 1, 0)));
  it("hints as labelled rejects: a label that says hint where there is none", () =>
    rejects(anyOf((index) => trainingExampleLaws.hintsWhatItSays(alwaysHinted, "final", 1, index))));
});

describe("teeth: trainBytePairs", () => {
  const byType: typeof trainBytePairs = (texts, n) =>
    trainBytePairs(new Set([...texts].flatMap((text) => text.split(/(?= )/))), n);
  const tieToTheLarger: typeof trainBytePairs = (texts, n) =>
    trainBytePairs(
      [...texts].map((text) => text.replaceAll("c", "~")),
      n,
    ).map(([l, r]) => [l.replaceAll("~", "c"), r.replaceAll("~", "c")]);

  it("repeats rejects: counting types for tokens", () => rejects(() => bytePairLaws.countsRepeats(byType)));
  it("the most frequent pair rejects: ties that go to the larger pair", () =>
    rejects(() => bytePairLaws.joinsTheMostFrequent(tieToTheLarger)));
  it("nothing lost and digits alone rejects: splitting at white space", async () => {
    await rejects(() => bytePairLaws.losesNothing((text) => text.split(" "), "a b"));
    await rejects(() => bytePairLaws.isolatesDigits((text) => [text], "12"));
  });
});
