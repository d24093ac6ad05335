import { appendFile, readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, it } from "vitest";
import { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { flatDirection } from "../../src/uat/common/flatDirection.ts";
import { replaysPool, stepIntegrity } from "../../src/uat/common/stepIntegrity.ts";
import { jsonlAppenderLaws, type Open } from "../artifact/jsonlAppender.statements.ts";
import { rejects } from "../support/rejects.ts";
import { type Flat, flatDirectionLaws } from "../uat/common/flatDirection.statements.ts";
import { type Integrity, type Replays, replaysPoolLaws, stepIntegrityLaws } from "../uat/common/stepIntegrity.statements.ts";
import { toothModules } from "../vhack/directions.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const lines = [
  { id: 1, text: "one" },
  { id: 2, text: "two" },
];
/** Opens with another idea of what stands in the file. */
const opening =
  (mend: (text: string) => string): Open =>
  async (path) => {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text !== "") await writeFile(path, mend(text));
    return JsonlAppender.open(path);
  };
const cutRowKept: Open = async (path) => {
  const file = await JsonlAppender.open(path);
  return { rows: file.rows, append: (row) => appendFile(path, JSON.stringify(row)), close: () => file.close() };
};
const startedAgain = opening(() => "");
const lastRowDropped = opening((text) => text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
const badLinesDropped = opening((text) =>
  text
    .split("\n")
    .filter((line) => line.startsWith('{"id'))
    .map((line) => `${line}\n`)
    .join(""),
);

const cutFirst = opening((text) => text.slice(0, text.lastIndexOf("\n") + 1));

describe("teeth: JsonlAppender", () => {
  it("a kill rejects: rows without an end, a file started again, the last whole row dropped", async () => {
    for (const wrong of [cutRowKept, startedAgain, lastRowDropped])
      await rejects(() => jsonlAppenderLaws.survivesAKill(wrong, lines, 0.99, lines));
  });
  it("foreign files rejects: bad lines dropped, the last line cut off before the others are read", async () => {
    for (const wrong of [badLinesDropped, cutFirst])
      await rejects(() => jsonlAppenderLaws.leavesForeignFilesAlone(wrong, lines, "id,text"));
  });
});

const retold =
  (change: (direction: Float64Array) => Float64Array): Flat =>
  (...given) => {
    const fit = flatDirection(...given);
    return fit.kind === "fits" ? { kind: "fits", direction: change(fit.direction) } : fit;
  };
const firstRow: Flat = ({ modules, metadata }, gradients) =>
  flatDirection(
    {
      metadata,
      modules: new Map(
        [...modules].map(([name, { v, s, r }]) => [name, { v: v.slice(0, r), s: s.slice(0, 1), k: 1, r }]),
      ),
    },
    gradients,
  );
const wholeUnit = retold((direction) => direction.map((x) => x / Math.hypot(...direction)));
const inFileOrder: Flat = (vHack, { moduleNames, widths, ...rest }) => {
  const names = [...vHack.modules.keys()];
  const fit = flatDirection(vHack, {
    ...rest,
    moduleNames: names,
    widths: Int32Array.from(names, (name) => widths[moduleNames.indexOf(name)]!),
  });
  return fit;
};
const packed: Flat = (vHack, gradients) => {
  const known = gradients.moduleNames.filter((name) => vHack.modules.has(name));
  return flatDirection(vHack, {
    ...gradients,
    moduleNames: known,
    widths: Int32Array.from(known, (name) => gradients.widths[gradients.moduleNames.indexOf(name)]!),
  });
};
const anyFits: Flat = (vHack, gradients) => {
  const fit = flatDirection(vHack, gradients);
  return fit.kind === "fits"
    ? fit
    : { kind: "fits", direction: new Float64Array(gradients.widths.reduce((sum, width) => sum + width, 0)) };
};

describe("teeth: flatDirection", () => {
  it("the direction that is projected rejects: the first row alone, one unit vector over all modules, the opposite, the file's order", async () => {
    for (const wrong of [firstRow, wholeUnit, retold((direction) => direction.map((x) => -x)), inFileOrder])
      await rejects(() => flatDirectionLaws.isTheOneThatIsProjected(wrong, toothModules()));
  });
  it("room for the rest rejects: modules without directions left out", () =>
    rejects(() => flatDirectionLaws.leavesRoomForTheRest(packed, toothModules())));
  it("another model's rejects: zeros for what does not fit", () =>
    rejects(() => flatDirectionLaws.refusesAnotherModels(anyFits, toothModules())));
});

const byStep: Replays = (replay, pool, ...rest) =>
  replaysPool(replay, pool, ...rest).map((condition, i) => ({
    ...condition,
    value:
      i === 0
        ? replay.filter(({ rows }, at) => rows[0]?.completionIds[0] !== pool[at]?.rows[0]?.completionIds[0]).length
        : condition.value,
  }));
const asSets: Replays = (replay, pool, ...rest) => {
  const once = (stage: typeof pool) => {
    const seen = new Set<string>();
    return stage.map((step) => ({
      ...step,
      rows: step.rows.filter(({ completionIds: [id] }) => !seen.has(String(id)) && seen.add(String(id))),
    }));
  };
  return replaysPool(once(replay), once(pool), ...rest);
};
const oneWay: Replays = (...given) =>
  replaysPool(...given).map((condition, i) => (i === 1 ? { ...condition, value: 0 } : condition));

describe("teeth: replaysPool", () => {
  it("order rejects: steps compared at their places", () =>
    rejects(() => replaysPoolLaws.ignoresOrder(byStep, [[1, 2], [3]])));
  it("the difference rejects: sets for bags, foreign rows only", async () => {
    await rejects(() => replaysPoolLaws.countsTheDifference(asSets, [[1, 1], [2]], [[1, 2]]));
    await rejects(() => replaysPoolLaws.countsTheDifference(oneWay, [[1]], [[1, 2]]));
  });
});

/** What the file is called, for what its rows say. */
const byFileName: Integrity = (stage, ...rest) =>
  stepIntegrity(
    stage.map((each) => ({ ...each, rows: each.rows.map((row) => ({ ...row, step: each.step })) })),
    ...rest,
  );
const bySampleId: Integrity = (stage, ...rest) =>
  stepIntegrity(
    stage.map((each) => ({ ...each, rows: each.rows.map((row) => ({ ...row, step: 0 })) })),
    ...rest,
  );
const fromTheFirst: Integrity = (stage, ...rest) =>
  stepIntegrity(
    stage.map((each) => ({ ...each, step: each.step - stage[0]!.step })),
    ...rest,
  );
const sizesUnseen: Integrity = (...given) =>
  stepIntegrity(...given).map((condition, i) => (i === 2 ? { ...condition, value: 0 } : condition));

describe("teeth: stepIntegrity", () => {
  it("whole stages rejects: sample ids that must differ between steps", () =>
    rejects(() => stepIntegrityLaws.acceptsWholeStages(bySampleId, 3, 2)));
  it("a copied file rejects: the file's name for the rows' step", () =>
    rejects(() => stepIntegrityLaws.seesACopiedFile(byFileName, 3, 2)));
  it("a gap rejects: steps counted from the first that is there", () =>
    rejects(() => stepIntegrityLaws.seesAGap(fromTheFirst, 3, 0)));
  it("a short step rejects: sizes unseen", () => rejects(() => stepIntegrityLaws.seesAShortStep(sizesUnseen, 3, 1)));
});
