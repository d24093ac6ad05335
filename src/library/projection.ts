/** What a package that depends on vhack may import as "vhack/projection": docs/library.md. */
export { fracFired, meanCosine, moduleCosines, sampleCosines, type SampleCosines } from "../projection/cosines.ts";
export { unitDirections } from "../projection/directions.ts";
export { noGate, oneSided, preserveMagnitude, projectUpdate, reverse, type Projection } from "../projection/gates.ts";
export { sumSamples } from "../projection/sumSamples.ts";
export { defaultMemoryBytes, startBackend, type BackendChoice } from "../tensor/backend.ts";
export { readVHack, writeVHack, type VHack } from "../vhack/vHackFile.ts";
export { vHackTable } from "../vhack/vHackTable.ts";
