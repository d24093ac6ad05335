import type { Figure } from "../uat/common/measurement.ts";
import { distributionsSvg, nullSvg } from "./histogramSvg.ts";
import { linesSvg } from "./linesSvg.ts";

/** A figure as inline SVG; one that has nothing finite to draw says so. */
export function figureSvg(figure: Figure): string {
  switch (figure.kind) {
    case "distributions":
      return distributionsSvg(figure);
    case "lines":
      return linesSvg(figure);
    case "null":
      return nullSvg(figure);
  }
}
