import type { Adapter } from "../adapter/adapter.ts";
import type { NewManifest } from "../artifact/manifest.ts";
import type { LoadedModel } from "./loadedModel.ts";
import type { Progress } from "./progress.ts";

/** What decides a step's content; a finished step made under another may not be mixed with this run's. */
export type RunIdentity = Omit<NewManifest, "softwareVersion" | "measurements">;

/** What the manifests of a run with this model say. */
export function identityOf(
  { hash, tokenizer }: Pick<LoadedModel, "hash" | "tokenizer">,
  run: Omit<RunIdentity, "modelHash" | "tokenizerHash">,
): RunIdentity {
  return { ...run, modelHash: hash, tokenizerHash: tokenizer.hash };
}

/** What a stage that writes steps runs in. */
export interface Run {
  readonly loaded: LoadedModel;
  readonly identity: RunIdentity;
  /** where its steps are */
  readonly folder: string;
  readonly progress: Progress;
}

/** The model whose gradients are taken, with the knobs that they are taken of. */
export interface Student {
  readonly loaded: LoadedModel;
  readonly adapter: Adapter;
}

/** A run that trains the student's knobs. */
export interface TrainingRun extends Run, Student {}
