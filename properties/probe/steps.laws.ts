import fc from "fast-check";
import { expect } from "vitest";
import { ArtifactError } from "../../src/errors.ts";
import type { LoadedModel } from "../../src/probe/loadedModel.ts";
import type { RunIdentity } from "../../src/probe/run.ts";
import { finishedSteps, keepStep, openSteps } from "../../src/probe/steps.ts";
import { rolloutRow } from "../support/evidence.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const loaded = { tokenizer: { padTokenId: 0 } } as unknown as LoadedModel;
const identity: RunIdentity = {
  stage: "replay vanilla",
  config: { lr: 0.1, nested: { a: [1] } },
  modelHash: "m",
  vHackHash: "v",
  tokenizerHash: "t",
  seed: 1,
};

/** Lend a folder in which these steps are finished. */
const withFinished = <T>(steps: Iterable<number>, use: (folder: string) => Promise<T>) =>
  withTemporaryFile("run", async (folder) => {
    for (const step of steps) await keepStep({ folder, identity, loaded }, step, { rows: [rolloutRow({ step })] });
    return use(folder);
  });
const someSteps = fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 5 });
const all = [0, 1, 2, 3, 4];

type Finished = typeof finishedSteps;
lawsOf<Finished>("finishedSteps", finishedSteps, (law) => {
  law("counts finished steps up to the first that is not: the next one starts from the last one's state", {
    else: "a resumed run starts from a state that was never written",
    for: [someSteps],
    numRuns: 15,
    holds: (finished, made) =>
      withFinished(made, async (folder) => {
        const first = all.find((step) => !made.includes(step)) ?? all.length;
        expect(await finished({ folder, identity }, all)).toBe(first);
      }),
    rejects: {
      "all that are there": [async (place, steps) => steps.length - (await openSteps(place, steps)).length, [0, 2]],
      "one too few": [async (...given) => Math.max(0, (await finishedSteps(...given)) - 1), [0, 1]],
    },
  });
});

type Open = typeof openSteps;
lawsOf<Open>("openSteps", openSteps, (law) => {
  law("lists the steps that are not finished, in order", {
    else: "a pool lacks problems, or makes some twice",
    for: [someSteps],
    numRuns: 15,
    holds: (open, made) =>
      withFinished(made, async (folder) => {
        expect(await open({ folder, identity }, all)).toEqual(all.filter((step) => !made.includes(step)));
      }),
    rejects: {
      "everything after the first gap": [
        async (place, steps) => steps.slice(await finishedSteps(place, steps)),
        [0, 2],
      ],
      "those that are there": [
        async (place, steps) => {
          const open = await openSteps(place, steps);
          return steps.filter((step) => !open.includes(step));
        },
        [0],
      ],
    },
  });

  const changes: readonly (readonly [what: string, change: Partial<RunIdentity>])[] = [
    ["stage", { stage: "replay projected" }],
    ["modelHash", { modelHash: "n" }],
    ["vHackHash", { vHackHash: null }],
    ["tokenizerHash", { tokenizerHash: "u" }],
    ["seed", { seed: 2 }],
    ["lr", { config: { ...identity.config, lr: 0.2 } }],
    ["nested", { config: { ...identity.config, nested: { a: [2] } } }],
    ["lr", { config: { nested: identity.config["nested"] } }],
    ["more", { config: { ...identity.config, more: true } }],
  ];
  law("refuses a finished step of another run, and names what differs", {
    else: "steps of two runs are judged as one",
    for: [fc.constantFrom(...changes)],
    examples: changes.map((change): [(typeof changes)[number]] => [change]),
    holds: (open, [what, change]) =>
      withFinished([0], async (folder) => {
        const failure = await open({ folder, identity: { ...identity, ...change } }, all).catch(
          (thrown: unknown) => thrown,
        );
        expect(failure).toBeInstanceOf(ArtifactError);
        expect(String(failure)).toMatch(new RegExp(`expected a step of this run \\(${what} .*--overwrite`));
      }),
    rejects: {
      "what is finished is ours": [(place, steps) => openSteps({ ...place, identity }, steps), changes[0]!],
      "settings uncompared": [
        (place, steps) => openSteps({ ...place, identity: { ...place.identity, config: identity.config } }, steps),
        changes[5]!,
      ],
      "fields of the step's config alone": [
        ({ folder, identity: wanted }, steps) => {
          const known = Object.keys(identity.config);
          const config = Object.fromEntries(Object.entries(wanted.config).filter(([name]) => known.includes(name)));
          return openSteps({ folder, identity: { ...wanted, config } }, steps);
        },
        changes[8]!,
      ],
    },
  });
});
