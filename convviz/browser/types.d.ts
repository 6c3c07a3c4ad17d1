/**
 * What the browser's modules tell one another, Python and Jupyter; declarations alone.
 *
 * The messages from Python are written in Python: `Scene.message` (scene/scene.py),
 * `Controls.message` (widget/controls.py) and the traits of `Stage` (widget/stage.py). A test holds
 * these declarations to them.
 */

import type { Copy } from "./flight.js";
import type { TensorSize } from "./layout.js";
import type { Lookup } from "./lookup.js";
import type { Motion } from "./taps.js";
import type { VIEWS } from "./views.js";

// ---- A scene, as `Scene.message` tells it

/** The three tensors of a convolution, each with a place of its own. */
export type Tensor = "input" | "kernel" | "output";
/** The tensor of a panel: `source` and `weights` are what an int8 input and kernel were before. */
export type PanelTensor = Tensor | "source" | "weights";

export interface Scene {
  steps: number; // one an output element, in memory order
  view: keyof typeof VIEWS;
  spatial: number; // dimensions: 2 or 3
  channels: number;
  maps: number;
  groupChannels: number; // input channels of one group
  groupMaps: number; // output maps of one group
  bands: number; // colours of the groups; 0 for a single group
  firstChannel: number[]; // by output map, the first input channel that it reads
  axes: AxisMessage[];
  axisViews: AxisViewMessage[];
  titles: Record<Tensor, string>;
  panels: PanelMessage[];
  images: ImageMessage[]; // empty where panels show every number
  valueRanges: { input?: ValueRange; output?: ValueRange }; // of the images
  kernelTexts: { kernel: string[][]; weights?: string[][] }; // by output map, in memory order
  kernelFlags: string[]; // by output map, as a panel's flags; [] without int8
  biasTexts: string[] | null; // by output map
  addsBias: boolean; // whether the bias is a term of the sum
  classes: string[]; // the style class of each weight of one kernel slice, row by row
  sumType: "float32" | "int32";
  exact: string[] | null; // by step, the sum as an exact decimal
  sumNotes: string[] | null; // by step, what becomes of an int8 layer's sum
  running: RunningMessage | null; // of pictures only where it stops
  weights: number[][] | null; // by map, for the sums of pictures
  digits: Record<string, number>[] | null; // by output map, the tap that writes each power of ten
  questions: number[]; // steps at which a reader can be asked what comes out
  kernelChoices: KernelChoices | null; // where a reader can be asked which kernel is at work
  formulas: string[];
  notes: string[];
  legend: [kind: string, words: string][];
  layer: ChannelsMessage | null; // of many channels or maps
  device: string;
  duration: string;
}

/** An axis with its table of what a window reads (geometry.py). */
export interface AxisMessage {
  name: string;
  size: number; // of the input, without padding
  kernel: number; // weights along this axis
  output: number; // of the output
  stride: number;
  effectiveKernel: number; // cells under one window, gaps included
  post: number; // zeros after the data
  first: number; // index of the first cell, negative in padding
  cells: number; // padding included
  table: number[][]; // table[output][tap] is an input index
}

/** Every window along one axis (scene/axis_view.py); null in a column's or a row's place is a break. */
export interface AxisViewMessage {
  number: number; // which spatial axis
  name: string;
  label: string; // its name in the reader's language
  words: string; // the size formula, and what is to be noticed
  note: string; // what the values are, or ""
  fixed: Record<string, string>; // paddings that setting does not change, and why
  stride: number;
  dilation: number;
  pre: number; // zeros before the data, as the padding mode resolved them
  post: number;
  columns: (number | null)[]; // the cells' indices
  kinds: string; // a letter a column, as in a panel
  counts: number[]; // how often each is read
  texts: string[]; // their values, or []
  windows: (WindowMessage | null)[];
  classes: string[]; // the style class of each weight
}

/** What `cv.axes` shows: the axes of one layer, or of one with a parameter at several values. */
export interface AxesMessage {
  blocks: AxesBlock[];
  varied: string; // the parameter that has several values, or ""
}

export interface AxesBlock {
  heading: string; // the parameter's value, or ""
  axes: AxisViewMessage[];
}

/** A row: the cells from first to last are under the window, gaps included. */
export interface WindowMessage {
  output: number;
  first: number;
  last: number;
  taps: [weight: number, cell: number][]; // as far as the cell is shown
  text: string; // the output's value, or ""
}

/** A grid of cells: one channel, and depth, of one tensor. All by cell are row by row. */
export interface PanelMessage {
  tensor: PanelTensor;
  channel: number;
  depth: number | null;
  group: number | null; // which band of colour
  title: string;
  rows: number[]; // the tensor's own indices, fractions in the gaps of a dilated kernel
  columns: number[];
  kinds: string; // a letter a cell: d data, < before, > after, + beyond, . gap
  texts: string[];
  reads: number[]; // how many windows read each cell; empty where that is not asked
  flags: string; // a letter a cell: s saturated, v vanished; empty without int8
}

/** A tensor drawn as pixels: its channels in grey, or three of them as red, green and blue. */
export interface ImageMessage {
  tensor: "input" | "output";
  height: number;
  width: number;
  title: string;
  channels: number[];
  tint: "grey" | "rgb";
}

/** What is said and shown of a layer of many channels (scene/channels.py). */
export interface ChannelsMessage {
  name: string;
  summary: string[];
  results: number; // how many of these, at the end, follow from the others
  dead: string;
  int8: string;
  deadChannels: number[];
  deadMaps: number[];
  inputRange: [black: number, white: number];
  inColour: boolean; // whether the input's three channels are one picture
  outputSize: number; // of the fullest blue and red
  coarse: CoarseMessage;
  saturated: string; // which values of the input int8 could not hold: bits in base64, or ""; of a grid, its cells
  vanished: string; // and which became 0
  saved: SavedParts[]; // what each channel adds, of some outputs: all that a page has
}

/** The grid over whose cells each slice of a tensor that comes in 8 bits is averaged (scene/coarse.py). */
export interface Grid {
  rows: number;
  columns: number;
}

/** null of a tensor that comes in float32. */
export interface CoarseMessage {
  input: Grid | null;
  output: Grid | null;
}

/** Which outputs are told of: some rows of one map, at one depth (scene/parts.py). */
export interface PartsMessage {
  map: number;
  depth: number;
  row: number;
  rows: number;
  outputs: [first: number, stop: number]; // rows of the map whose outputs come along
  inputs: [first: number, stop: number]; // rows of the input, at its depth
  inputDepth: number;
}

/** The same with the map's weights and the sums after each channel, as float32 in base64. */
export interface SavedParts extends PartsMessage {
  weights: string;
  sums: string;
  spread: string; // how what each channel adds varies over the map
  flags: string; // a letter for what int8 did to each weight, as a panel's; "" without int8
}

/** The values that are black and white. */
export type ValueRange = [black: number, white: number];

/** By step, the sum after some of its products, without the bias (scene/running.py). */
export interface RunningMessage {
  after: number[]; // how many products, in order
  stops: number[]; // those of them at which slow motion stops
  exact: string[][] | null;
  float32: string[][] | null; // null in int8, which loses nothing on the way
}

// ---- The controls, as `Controls.message` and the explorer tell them

export interface ControlsMessage {
  axes: string[];
  parameters: { name: string; controls: ControlMessage[] }[]; // a control an axis
  others: ControlMessage[];
  together: boolean; // whether setting one axis sets all
  words: string; // what was done to the weights, or ""
  lesson: string[]; // the parameters that stand above the picture, by name
  open: boolean; // whether all of them are shown from the start
  refused: string; // the control whose last value was refused, or ""
  acknowledged: string; // the request that this answers, or ""
  revision: number; // grows with each of these messages
}

/** One value of the layer. */
export interface ControlMessage {
  name: string; // a parameter, and an axis where it has several
  text: string;
  whole?: boolean; // whether it is a whole number
  slider?: [least: number, most: number, place: number];
  options?: [value: string, words: string][];
  unavailable?: string[]; // values of options that cannot be chosen at present
}

// ---- Everything that Python tells a stage: the traits of `Stage`, by name

/** {}, where there is nothing yet. */
export type Empty = Record<string, never>;

export interface StageState {
  scene: Scene | Empty;
  axes: AxesMessage | Empty; // where not empty, the axis view stands in the scene's place
  input_values: DataView; // float32, in memory order, of images
  output_values: DataView;
  large_values: number; // which values to fetch instead; 0 for none
  error: string;
  step: number;
  large: boolean;
  editable: boolean;
  controls: ControlsMessage | Empty;
  code: string;
  group: string;
  shows_axes: boolean; // whether the axis view is open from the start
  formula: boolean; // whether the formulas of the output's sizes are open from the start
  predict: PredictMessage | Empty;
  key: string; // what a guide knows the stage by, or ""
}

/** Four kernels, of which one is at work, with their weights row by row. */
export interface KernelChoices {
  names: string[];
  texts: string[][];
  columns: number;
  right: number;
}

/** Some channels, in memory order, of which one adds most. */
export interface ChannelChoices {
  first: number; // of the group
  channels: number[]; // within it
  parts: number[]; // what each adds
  right: number; // which of them
}

/** What a lesson asks a reader before it shows it. */
export interface PredictMessage {
  /** An output, its size, the next window's first cell, which kernel, which channel adds most. */
  ask: "number" | "size" | "cell" | "kernel" | "channel";
  steps: number[]; // at these outputs; where there are none, at the scene's own
}

/** Everything that Python tells a guide: the traits of `Guide`, by name. */
export interface GuideState {
  phases: { sentence: string; then: string }[];
  done: number; // how many have been done; the next can be pressed as well
  current: number; // the last that was done, or -1
  refused: number; // the one that the layer refused just now, or -1
  stage: string; // the key of the stage that it is done in
}

/** An answer: what was typed, or the channel, row and column of each cell that is down. */
export type Given = string | number[][];

/** A line to type into. */
export interface LineField {
  kind: "line";
  placeholder: string;
  above: string; // HTML that belongs to the question
}

/** Cells to click on. */
export interface GridField {
  kind: "cells";
  rows: number[];
  columns: number[];
  channels: { name: string; texts: string[]; padding: string }[]; // p: padding, d: data
}

/** Everything that Python tells an exercise: the traits of `ExerciseView`, by name. */
export interface ExerciseState {
  asked: {
    title: string;
    question: string;
    field?: LineField | GridField;
    actions: string[];
    progress: string; // of practice
  };
  given: Given;
  reply: {
    number?: number; // counts the replies
    verdict?: "right" | "wrong" | "open" | "";
    text?: string;
    wrong?: number[][]; // cells that do not belong to the answer
    shows?: boolean; // whether the field takes the answer that was given away
  };
}

/** The score of a notebook. */
export interface Score {
  text: string;
  stars: string;
  lost: string[]; // of each file that could not be written, why
}

/** Everything that Python tells the table of a model: the traits of `ModelTable`, by name. */
export interface ModelTableState {
  html: string;
  opened: number; // the layer that is open, or -1
  error: string;
}

// ---- Messages between a stage and Python

/** What a reader sets; a request is answered by the controls that acknowledge it. */
export type Setting =
  | { control: string; text: string }
  | { control: string; place: number }
  | { together: boolean }
  | { action: "reset" }
  | { phase: number } // of a guide
  | { open: number } // a layer of a model
  | { use: string; given: Given | null } // a button of an exercise, with the answer as it stands
  | NumberEdit;

/** A number typed into a cell. */
export interface NumberEdit {
  tensor: "input" | "kernel" | "bias";
  index: number; // in the tensor's memory order
  text: string;
}

export type ToLayer = (Setting & { request: string }) | { prefetch: string } | PixelRequest;

/** The zoom to another pixel of the input, [depth,] row, column, is wanted, or through another channel. */
export interface PixelRequest {
  request: string;
  pixel: number[];
  channel?: number; // none for the one that adds most
}

/** The scenes at a slider's adjacent places, by place; they hold for one revision of the layer. */
export interface Prefetched {
  prefetched: string; // the control's name
  revision: number;
  scenes: Record<string, Scene>;
}

/** A file to be made and downloaded. */
export interface FileRequest {
  save: string; // its form: svg, png, gif or html
  step: number;
  theme: string;
}

/** Which values these are; the message's buffers hold the input's and the output's. */
export interface LargeValues {
  values: number;
}

/** Where every view of a stage is to go. */
export interface Go {
  go: number | null; // the step; null for the one on show
  tap: number | null; // how many of its products are added; null for all
  afresh: boolean; // whether what a view has done by itself is undone as well
  reveal: boolean; // whether what is asked for is shown: a guide's words are about it
}

/** What each channel adds to some outputs; the message's buffers hold weights and sums. */
export interface PartsAnswer {
  request: string;
  parts: PartsMessage;
}

/** The answer to a ping. */
export interface Pong {
  pong: string;
}

/** A file's name, its content being the message's buffer, or the words of a refusal. */
export interface FileAnswer {
  request: string;
  name?: string;
  refused?: string;
}

// ---- Where a stage's state comes from: a Jupyter model, or a page

/** `silent`: nothing comes back, and nobody knows why; `away`: the host knows that it is gone. */
export type KernelState = "answers" | "silent" | "away";

/** The Jupyter kernel, as a stage sees it; the stage sets what is to be told. */
export interface KernelView {
  readonly state: KernelState;
  /** Called whenever the state is another. */
  show: () => void;
  prefetched: (message: Prefetched) => void;
  /** Called where every view of the stage is to go somewhere. */
  go: (message: Go) => void;
  /** Called with what each channel adds to some outputs. */
  parts: (where: PartsMessage, buffers: DataView[]) => void;
  /** Ask for that, around a step. */
  askParts: (step: number) => void;
  /** Called with a request that will never be answered, though the kernel answers. */
  lost: (request: string) => void;
}

export interface Source {
  get<Name extends keyof StageState>(name: Name): StageState[Name] | undefined;
  on(name: keyof StageState, listener: () => void): void;
  /** Takes what a reader sets; where there is none, nothing can be set. */
  send?: (message: ToLayer) => void;
  /** What stands first in the stage's bar, where a page has controls of its own. */
  bar?: HTMLElement;
  /** There is none behind a page. */
  kernel?: KernelView;
  /** Has a file made and downloaded; resolves to the words of a refusal, or "". */
  save?: (request: FileRequest) => Promise<string>;
}

// ---- What a stage asks of a view

/** An output element: its map and its [depth, row, column]. */
export interface Place {
  map: number;
  at: number[];
}

/** One product of a sum. */
export interface Tap {
  weight: number; // which weight of its output map, in memory order
  channel: number; // of the input
  within: number; // channel within the group
  offset: number[]; // of the weight: [depth, row, column]
  cell: number[]; // of the input: [depth, row, column]
}

/** An element of a tensor that is pointed at. */
export interface Target {
  tensor: PanelTensor;
  channel: number;
  at: number[]; // [depth, row, column]
}

/** A product as the sum shows it. */
export interface Product {
  value: string;
  weight: string;
  className: string; // the weight's colour
}

/** What a view draws. */
export interface ShownStep {
  step: number; // how far playing has come
  shown: number; // the pointed output's step, or the same
  place: Place; // of the step that is shown
  taps: Tap[]; // likewise
  landed: number; // how many of these have been added: all, unless slow motion is at work
  whole: boolean; // whether the output is there, with its bias and its rounding
  hidden: boolean; // whether a reader has yet to see this output
  hiddenFrom: number; // the first output that is hidden; Infinity for none
  pending: boolean; // whether the output of `step` is still coming about
  asked: boolean; // whether a reader is asked for the output of `step`
  adding: Motion | null; // which products slow motion is at
  hinted: Tap | null; // the product whose cell is pointed out
  pointed: Target | null;
}

/** The room that a view may fill, in pixels. */
export interface Space {
  width: number;
  height: number;
  font: number; // at most
  whole?: boolean; // nothing is scrolled for a larger one
  /** The sizes to lay out in place of a view's own, where several stages have one scale. */
  share?: (sizes: TensorSize[]) => TensorSize[];
}

/** The float32 values of the tensors that are drawn as images; empty for others. */
export type ImageValues = Record<"input" | "output", Float32Array>;

/**
 * One way to draw a scene. A view is a module with one such class, and its line in views.js; it is
 * made with the scene that it fills first.
 */
export interface View {
  readonly root: HTMLElement;
  /** Where in it the sum and the legend stand. */
  readonly places: { sum: HTMLElement; facts: HTMLElement };
  /** Whether it can show how many windows read each input cell. */
  readonly countsReads: boolean;
  /** Take up a scene. */
  fill(lookup: Lookup, values: ImageValues): void;
  /** Lay it out. */
  fit(space: Space): void;
  /** Draw one step of it. */
  draw(shown: ShownStep): void;
  /** Show how many windows read each input cell, or the values again. */
  showReads(on: boolean): void;
  /** Show how the output's sizes come about, or no longer. */
  showFormulas(on: boolean): void;
  /** The speed to begin with. */
  startSpeed(): number;
  /** What an event on it points at, while output map `map` plays. */
  target(event: Event, map: number): Target | null;
  /** What an arrow key leads to from there, or from outside; null where there are no cells. */
  adjacent(tensor: Tensor, from: Target | null, move: Move): Target | null;
  /** The cell that shows an element. */
  cell(target: Target): HTMLElement | undefined;
  /** Where an element is that is at work, in a view that has no cell for it. */
  where?(target: Target): HTMLElement | undefined;
  /** Where a tap's value lands on its weight. */
  landing(tap: Tap): HTMLElement | undefined;
  /** Which number a cell shows, if it can be edited. */
  numberAt(cell: HTMLElement): NumberEdit | null;
  /** Give a tensor's cells the keyboard's focus. */
  focus(tensor: Tensor): void;
  /** The value that a tap reads, as text. */
  valueText(tap: Tap): string;
  /** An output element, as text. */
  outputText(place: Place): string;
  /** Whether it shows the sum itself, channel by channel, and does without its products. */
  readonly sumsItself?: boolean;
  /** How it shows an output in slow motion, where that is not product by product. */
  readonly slow?: SlowView;
  /** How high it is at least, in pixels. */
  readonly leastHeight?: number;
  /** The channels among which a reader is asked for the one that adds most to a step's output; undefined
   * while what they add is not here, null where none stands apart. */
  choices?(step: number): ChannelChoices | null | undefined;
  /** The values that are black and white in the input, where those are colours. */
  readonly inputRange?: ValueRange;
  /** Take up what each channel adds to some outputs. */
  take?(where: PartsMessage, buffers: DataView[]): void;
  /** What is pointed at, in words of its own; null for those of any view. */
  sentence?(shown: ShownStep): string | null;
  /** The sum, for a reader who cannot see it. */
  spoken?(shown: ShownStep): string;
}

/** Slow motion in a view that sums by itself. */
export interface SlowView {
  /** How many moves take their time, before a sweep over all others. */
  readonly singly: number;
  /** The moves of any output, but for the last, in which it is there. */
  motions(): Motion[];
  /** What flies in a move. */
  copies(motion: Motion): Copy[];
  /** How far an output has come, in words. */
  progress(shown: ShownStep): string;
}

/** What a view can have done. */
export interface ViewActions {
  go(step: number): void;
  /** Why it does not have what each channel adds to a step's output; and what asks for it, if anything can. */
  ask(step: number): { words: string; later: (() => void) | null };
}

/** Rows down, columns right. */
export type Move = [down: number, right: number];

/** What is drawn around cells or pixels. */
export interface Rectangle {
  row: number;
  column: number;
  rows: number;
  columns: number;
}

// ---- A dive, as `choreography.message` tells it, and the traits of `DiveWidget`

export interface DiveMessage {
  width: number; // of the stage, whose lengths the keys are in
  height: number;
  seconds: number;
  fontByHeight: number; // the largest letters, in heights of what they stand on
  fontByWidth: number; // and in widths, for one letter
  leastFrame: number; // a frame is no smaller
  alt: string;
  pixel: number[]; // the input's [depth,] row, column
  channel: number; // whose numbers are shown, of several the one in the middle
  channels: [first: number, last: number] | null; // that can be chosen
  stages: DiveStage[];
  pictures: Record<"input" | "output", PictureMessage>;
  actors: ActorMessage[]; // from the bottom up
}

/** A part of a dive: when it begins, the moment that shows it best, and its words. */
export interface DiveStage {
  name: string;
  title: string;
  start: number;
  moment: number;
  words: string;
}

/** A picture whose pixels go as bytes: one a pixel in grey, three in colour. */
export interface PictureMessage {
  height: number;
  width: number;
  channels: number;
}

/** Something on a dive's stage; a colour is the palette's name for it, or #rrggbb. */
export interface ActorMessage {
  kind: "picture" | "cell" | "text" | "frame";
  name: string;
  text: string;
  paint: string;
  ink: string;
  padding: string; // pre, post or beyond, for a cell of it
  letters: number; // that its text is to leave room for
  keys: [second: number, x: number, y: number, width: number, height: number, shown: number][];
}

export interface DiveState {
  dive: DiveMessage | Empty;
  input_pixels: DataView;
  output_pixels: DataView;
  error: string;
}

export interface DiveSource {
  get<Name extends keyof DiveState>(name: Name): DiveState[Name] | undefined;
  on(name: keyof DiveState, listener: () => void): void;
  kernel?: KernelView;
  /** Takes the pixel that a reader chooses; where there is none, none can be chosen. */
  send?: (message: PixelRequest) => void;
  /** Has a file made and downloaded; resolves to the words of a refusal, or "". */
  save?: (message: FileRequest) => Promise<string>;
}

// ---- A diagram, as `Diagram.message` tells it, and the traits of `DiagramWidget`

export interface DiagramMessage {
  title: string;
  nodes: { row: number; x: number }[]; // by number, as in the SVG
  lights: LightMessage[]; // by dot, what lights up when it is pointed at
  rest: LightMessage; // what is lit when none is
}

/** What lights up, by number; texts stand at dots, those that are missed are passed over. */
export interface LightMessage {
  nodes: number[];
  links: number[];
  missed: number[];
  texts: Record<number, string>;
  words: string;
}

export interface DiagramState {
  diagram: DiagramMessage | Empty;
  svg: string;
}

export interface DiagramSource {
  get<Name extends keyof DiagramState>(name: Name): DiagramState[Name] | undefined;
  on(name: keyof DiagramState, listener: () => void): void;
}
