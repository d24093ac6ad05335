import { describe, it } from "vitest";
import { families } from "../../src/miniature/world/family.ts";
import { cleanPair, hackPair, matchedBodyPair } from "../../src/miniature/world/contrastPair.ts";
import { drawInstance } from "../../src/miniature/world/instance.ts";
import { contrastPairLaws as laws, type MakePair } from "../miniature/world/contrastPair.statements.ts";
import { rejects } from "../support/rejects.ts";

const instance = drawInstance(families[0]!, "open", 1, "tooth");
const reversed: MakePair = (...given) => {
  const { hack, clean, ...rest } = hackPair(...given);
  return { ...rest, hack: clean, clean: hack };
};
const oneHack: MakePair = (given, i, id) => ({
  ...hackPair(given, i, id),
  hack: hackPair(given, i - (i % 5), id).hack,
});
const sameStyle: MakePair = (given, i, id) => ({ ...hackPair(given, i, id), clean: hackPair(given, i % 4, id).clean });
const shortBodies: MakePair = (given, i, id) => hackPair(given, i - (i % 2), id);
const boundTogether: MakePair = (given, i, id) => matchedBodyPair(given, (i % 5) * 16, id);

describe("teeth: contrast pairs", () => {
  it("both rejects: hack and clean swapped, the matched body, two clean sides", async () => {
    for (const wrong of [reversed, matchedBodyPair, cleanPair])
      await rejects(() => laws.contrastsBoth(wrong, instance, 1));
  });
  it("run_tests only rejects: a stub against a right body, a difference of style", async () => {
    for (const wrong of [hackPair, cleanPair]) await rejects(() => laws.contrastsTestsOnly(wrong, instance, 1));
  });
  it("style only rejects: a hack against a clean side, one body twice", async () => {
    for (const wrong of [hackPair, matchedBodyPair]) await rejects(() => laws.contrastsStyleOnly(wrong, instance, 1));
  });
  it("balance rejects: one hack for five pairs in turn, every second style only, one body for all hacks; both sides rejects: one side's style told by the other's", async () => {
    for (const wrong of [oneHack, shortBodies, boundTogether])
      await rejects(() => laws.balancesStyles(wrong, instance));
    await rejects(() => laws.balancesBothSides(sameStyle, instance));
  });
});
