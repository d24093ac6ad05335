import { expect } from "vitest";
import { packingOf } from "../../src/decoder/packing.ts";
import { raggedBatch, withoutSharing, type RaggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anySharingSequences } from "../support/tinyModel.ts";
import { idsOf } from "./tinyPasses.ts";

type Pack = typeof packingOf;

const changed =
  (change: (batch: RaggedBatch) => RaggedBatch): Pack =>
  (batch) =>
    packingOf(change(batch));
const oneForAll = changed((batch) => ({ ...batch, promptOf: batch.promptOf.map(() => 0) }));
const lost: Pack = (batch) => {
  const { segments, ...packing } = packingOf(batch);
  return { ...packing, segments: segments.slice(1) };
};
const withoutPrefix: Pack = (batch) => {
  const { samples, ...packing } = packingOf(batch);
  return { ...packing, samples: samples.map((sample) => ({ ...sample, prefix: null })) };
};

const sequences: Sequence[] = [
  { promptIds: [1, 2], completionIds: [3] },
  { promptIds: [4, 5], completionIds: [6, 7] },
  { promptIds: [1, 2], completionIds: [8] },
];

lawsOf<Pack>("packingOf", packingOf, (law) => {
  const rows = anySharingSequences(4, 5);

  law("passes each prompt once: Np = lengths of the distinct prompts and of all completions", {
    else: "sharing costs what it should save",
    for: [rows],
    holds: (pack, given) => {
      const prompts = new Map(given.map(({ promptIds }) => [Array.from(promptIds).join(), promptIds.length]));
      const ofPrompts = [...prompts.values()].reduce((sum, P) => sum + P, 0);
      const ofCompletions = given.reduce((sum, { completionIds }) => sum + completionIds.length, 0);
      expect(pack(raggedBatch(given)).Np).toBe(ofPrompts + ofCompletions);
    },
    rejects: {
      "rows by themselves": [changed(withoutSharing), sequences],
      "one prompt for all": [oneForAll, sequences],
    },
  });

  law("gives every token a place that holds it: id and position of places[n] are those of n", {
    else: "a sample is continued from another's prompt",
    for: [rows],
    holds: (pack, given) => {
      const { places, Np } = pack(raggedBatch(given));
      const tokens = given.flatMap((sequence) => idsOf(sequence).map((id, position) => `${id} at ${position}`));
      const held = new Map<number, string>();
      tokens.forEach((token, n) => {
        expect(held.get(places[n]!) ?? token).toBe(token);
        held.set(places[n]!, token);
      });
      expect(held.size).toBe(Np);
    },
    rejects: { "one prompt for all": [oneForAll, sequences] },
  });

  law("tiles: segments end to end over the Np tokens; a sample's places are its prefix's, then its own", {
    for: [rows],
    holds: (pack, given) => {
      const batch = raggedBatch(given);
      const { segments, samples, places, Np } = pack(batch);
      expect(segments.reduce((end, { start, length }) => (start === end ? end + length : -1), 0)).toBe(Np);
      const range = ({ start, length }: { start: number; length: number }) =>
        Array.from({ length }, (_, t) => start + t);
      expect(samples.flatMap((own) => [...(own.prefix === null ? [] : range(own.prefix)), ...range(own)])).toEqual([
        ...places,
      ]);
    },
    rejects: { "a segment lost": [lost, sequences], "samples without their prompt": [withoutPrefix, sequences] },
  });
});
