import { accumulatedGradients } from "./cases/accumulatedGradients.ts";
import { anyCompletion } from "./cases/anyCompletion.ts";
import { baseWeightsGenerate } from "./cases/baseWeightsGenerate.ts";
import { copiedThrough } from "./cases/copiedThrough.ts";
import { duplicatedRows } from "./cases/duplicatedRows.ts";
import { fewModulesProjected } from "./cases/fewModulesProjected.ts";
import { lengthOnly } from "./cases/lengthOnly.ts";
import { maskNoShift } from "./cases/maskNoShift.ts";
import { maskOneEarly } from "./cases/maskOneEarly.ts";
import { padTokensScored } from "./cases/padTokensScored.ts";
import { projectedNotApplied } from "./cases/projectedNotApplied.ts";
import { randomVHack } from "./cases/randomVHack.ts";
import { samplesAttend } from "./cases/samplesAttend.ts";
import { sharedMoments } from "./cases/sharedMoments.ts";
import { shuffledLabels } from "./cases/shuffledLabels.ts";
import { signInverted } from "./cases/signInverted.ts";
import { stalePool } from "./cases/stalePool.ts";
import { staleWeightSvd } from "./cases/staleWeightSvd.ts";
import { stepCutShort } from "./cases/stepCutShort.ts";
import { swappedPairs } from "./cases/swappedPairs.ts";
import { teacherNotMerged } from "./cases/teacherNotMerged.ts";
import { unhintedPrompt } from "./cases/unhintedPrompt.ts";
import { zeroAdvantageSkip } from "./cases/zeroAdvantageSkip.ts";
import type { Sabotage } from "./sabotage.ts";

/** Every way of being fooled that the suite builds in, in the order of the requirements. */
export const allSabotages: readonly Sabotage[] = [
  unhintedPrompt,
  teacherNotMerged,
  baseWeightsGenerate,
  duplicatedRows,
  zeroAdvantageSkip,
  maskOneEarly,
  maskNoShift,
  padTokensScored,
  accumulatedGradients,
  samplesAttend,
  staleWeightSvd,
  stalePool,
  stepCutShort,
  copiedThrough,
  projectedNotApplied,
  signInverted,
  fewModulesProjected,
  sharedMoments,
  randomVHack,
  shuffledLabels,
  anyCompletion,
  swappedPairs,
  lengthOnly,
];
