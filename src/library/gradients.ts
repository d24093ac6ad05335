/** What a package that depends on vhack may import as "vhack/gradients": docs/library.md. */
export { applyKnobs, type Adapter } from "../adapter/adapter.ts";
export { forward, type GradientPass } from "../decoder/perSampleGradients.ts";
export { raggedBatch, type RaggedBatch, type Sequence } from "../decoder/raggedBatch.ts";
export { advantages } from "../loss/advantages.ts";
export { contrastiveLoss } from "../loss/contrastiveLoss.ts";
export { drGrpoLoss } from "../loss/drGrpoLoss.ts";
export { nllLoss } from "../loss/nllLoss.ts";
export { openAdapter, type AdapterChoice } from "../probe/openAdapter.ts";
export { silentProgress, type Progress } from "../probe/progress.ts";
export { loadModel, type LoadedModel } from "../probe/loadedModel.ts";
export { defaultMemoryBytes, startBackend, type BackendChoice } from "../tensor/backend.ts";
