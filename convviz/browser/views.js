// @ts-check
/** Every way to draw a scene, by the name that the scene asks for in `view`. */

import { CellsView } from "./cells_view.js";
import { ImagesView } from "./images_view.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { View } from "./types.js" */

/** @satisfies {Record<string, new (lookup: Lookup) => View>} */
export const VIEWS = { cells: CellsView, images: ImagesView };
