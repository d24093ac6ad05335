import fc from "fast-check";
import { expect } from "vitest";
import type { Outcome, Verdict } from "../../src/uat/common/verdict.ts";
import { conclusion, phase2Conclusion } from "../../src/uat/conclusion.ts";
import { lawsOf } from "../support/lawsOf.ts";

/** A verdict of which nothing else is told. */
function verdictOf(id: string, outcome: Outcome, measured: boolean): Verdict {
  return {
    id,
    outcome,
    measured,
    claim: "",
    headline: "",
    threshold: "",
    path: "",
    message: "",
    conditions: [],
    notes: [],
    figures: [],
  };
}

const states: readonly (readonly [outcome: Outcome, measured: boolean])[] = [
  ["PASS", true],
  ["PASS, not specific", true],
  ["FAIL", true],
  ["FAIL", false],
];

/** Every list of at most three verdicts. */
const everyMixture: readonly (readonly Verdict[])[] = [0, 1, 2, 3].flatMap((length) =>
  Array.from({ length: states.length ** length }, (_, n) =>
    Array.from({ length }, (_, i) =>
      verdictOf(`R${i + 1}`, ...states[Math.floor(n / states.length ** i) % states.length]!),
    ),
  ),
);

const idsOf = (verdicts: readonly Verdict[]) => verdicts.map(({ id }) => id);

const idsIn = (text: string | undefined) => text?.match(/\bR\d+\b/g) ?? [];

const mixed = [verdictOf("R1", "PASS", true), verdictOf("R2", "FAIL", false), verdictOf("R3", "FAIL", true)];

lawsOf("conclusion", conclusion, (law) => {
  law("justifies the sweep exactly when every requirement passes", {
    else: "the sentence that is quoted says more than the verdicts",
    for: [fc.constantFrom(...everyMixture)],
    holds: (conclude, verdicts) => {
      const all = verdicts.length > 0 && verdicts.every(({ outcome, measured }) => outcome === "PASS" && measured);
      expect(conclude(verdicts).startsWith("This evidence justifies")).toBe(all);
    },
    examples: everyMixture.map((verdicts): [readonly Verdict[]] => [verdicts]),
    numRuns: everyMixture.length,
    rejects: {
      "a sentence that looks at failures alone": [
        (list: readonly Verdict[]) => conclusion(list.filter(({ outcome }) => outcome !== "PASS, not specific")),
        [verdictOf("R1", "PASS", true), verdictOf("R2", "PASS, not specific", true)],
      ],
      "one that is glad of nothing": [
        (list) => conclusion(list.length === 0 ? [verdictOf("R1", "PASS", true)] : list),
        [],
      ],
    },
  });

  law("names them: who failed, was not measured or not specific, each once and in order; else who passed", {
    else: "the researcher mends a requirement that stands, and not the one that fell",
    for: [fc.constantFrom(...everyMixture)],
    holds: (conclude, verdicts) => {
      const sentence = conclude(verdicts);
      const unmeasured = verdicts.filter(({ measured }) => !measured);
      const failed = verdicts.filter(({ measured, outcome }) => measured && outcome === "FAIL");
      const unspecific = verdicts.filter(({ measured, outcome }) => measured && outcome === "PASS, not specific");
      const inTheWay = [...failed, ...unmeasured];
      expect([/failed/, /could not be measured/].map((phrase) => phrase.test(sentence))).toEqual([
        failed.length > 0,
        unmeasured.length > 0,
      ]);
      expect(idsIn(/((?:R\d+(?:, )?)+) failed/.exec(sentence)?.[1])).toEqual(idsOf(failed));
      expect(idsIn(/((?:R\d+(?:, )?)+) could not be measured/.exec(sentence)?.[1])).toEqual(idsOf(unmeasured));
      expect(idsIn(/((?:R\d+(?:, )?)+) passed, but not specifically/.exec(sentence)?.[1])).toEqual(
        inTheWay.length > 0 ? [] : idsOf(unspecific),
      );
      expect(idsIn(sentence)).toEqual(
        idsOf(inTheWay.length > 0 ? inTheWay : unspecific.length > 0 ? unspecific : verdicts),
      );
    },
    examples: everyMixture.map((verdicts): [readonly Verdict[]] => [verdicts]),
    numRuns: everyMixture.length,
    rejects: {
      "want of evidence told as a failure": [
        (list) => conclusion(list.map((one) => ({ ...one, measured: true }))),
        mixed,
      ],
      "the first failure alone": [(list) => conclusion(list.slice(0, 2)), mixed],
    },
  });

  law("repeats the claims of what passed, in order, and adds none; claims nothing where the sweep is not justified", {
    else: "the sentence that is quoted shows something that no requirement measured",
    for: [fc.constantFrom(...everyMixture)],
    holds: (conclude, verdicts) => {
      const sentence = conclude(verdicts.map((one) => ({ ...one, claim: `claim of ${one.id}` })));
      const justified = sentence.startsWith("This evidence justifies");
      const shown = /It shows this much: (.*?)\. Whether/.exec(sentence)?.[1]?.split(", ") ?? [];
      expect(shown).toEqual(justified ? verdicts.map(({ id }) => `claim of ${id}`) : []);
      expect(sentence.includes("claim of")).toBe(justified);
    },
    rejects: {
      "a claim of its own": [
        (list) => conclusion(list).replace(/this much: .*\. Whether/, "this much: hacking is solved. Whether"),
        [verdictOf("R1", "PASS", true)],
      ],
      "the first claim alone": [
        (list) => conclusion(list.map((one, i) => ({ ...one, claim: i === 0 ? one.claim : "" }))),
        [verdictOf("R1", "PASS", true), verdictOf("R2", "PASS", true)],
      ],
    },
  });
});

/** What a sentence says of the verdicts that came out like this. */
const phrases = {
  PASS: "passed",
  "PASS, not specific": "passed, but not specifically for this v_hack",
  "CLEAN NEGATIVE": "got a clean no",
  FAIL: "failed",
  unmeasured: "could not be measured",
} as const;

type Came = keyof typeof phrases;

function verdictThatCame(id: string, came: Came): Verdict {
  return verdictOf(id, came === "unmeasured" ? "FAIL" : came, came !== "unmeasured");
}

const came = fc.array(fc.constantFrom("PASS", "PASS, not specific", "CLEAN NEGATIVE", "FAIL", "unmeasured"), {
  minLength: 1,
  maxLength: 7,
});

lawsOf("phase2Conclusion", phase2Conclusion, (law) => {
  law(
    "says each requirement once, with those that came out alike: passed, not specifically, a clean no, failed, not measured",
    {
      else: "a requirement that nobody measured is told as one that failed, or a clean no as a failure",
      for: [came],
      holds: (sentence, came) => {
        const said = sentence(came.map((how, i) => verdictThatCame(`R${i}`, how)));
        const parts = Object.entries(phrases).flatMap(([how, phrase]) => {
          const ids = came.flatMap((one, i) => (one === how ? [`R${i}`] : []));
          return ids.length === 0 ? [] : [`${ids.join(", ")} ${phrase}`];
        });
        expect(said).toBe(`Phase 2: ${parts.join("; ")}.`);
      },
      rejects: {
        "what was not measured told as failed": [
          (verdicts) => phase2Conclusion(verdicts.map((verdict) => ({ ...verdict, measured: true }))),
          ["PASS", "CLEAN NEGATIVE", "unmeasured"],
        ],
        "a clean no left out": [
          (verdicts) => phase2Conclusion(verdicts.filter(({ outcome }) => outcome !== "CLEAN NEGATIVE")),
          ["PASS", "CLEAN NEGATIVE", "unmeasured"],
        ],
        "what was not measured said twice": [
          (verdicts) => {
            const unmeasured = verdicts.filter(({ measured }) => !measured);
            return phase2Conclusion([...verdicts, ...unmeasured.map((verdict) => ({ ...verdict, measured: true }))]);
          },
          ["PASS", "CLEAN NEGATIVE", "unmeasured"],
        ],
      },
    },
  );
});
