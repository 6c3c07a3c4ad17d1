// @ts-check
/** Every way to draw a scene, by the name that the scene asks for in `view`. */

import { CellsView } from "./cells_view.js";
import { ChannelsView } from "./channels_view.js";
import { ImagesView } from "./images_view.js";

/** @import { Lookup } from "./lookup.js" */
/** @import { View, ViewActions } from "./types.js" */

/** @satisfies {Record<string, new (lookup: Lookup, actions: ViewActions) => View>} */
export const VIEWS = { cells: CellsView, images: ImagesView, channels: ChannelsView };
