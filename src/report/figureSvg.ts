import type { Figure } from "../uat/common/measurement.ts";
import { distributionsSvg, nullSvg } from "./histogramSvg.ts";
import { linesSvg } from "./linesSvg.ts";

/** A figure as inline SVG, or a line of text where there is nothing finite to draw. */
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
