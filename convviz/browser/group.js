// @ts-check
/**
 * Stages of one group: all show the same output element. In a comparison they stand in one row or column
 * at one scale, and one of them, the conductor, has the player and the tools for all: the one with the
 * most outputs.
 */

/** @import { TensorSize } from "./layout.js" */
/** @import { Led } from "./slow.js" */
/** @import { Place } from "./types.js" */
/**
 * What a stage tells of itself; `terms` is how many an output is added of in slow motion, 0 where there is none.
 * @typedef {{steps: number, terms: number, sizes: TensorSize[]}} Member
 */
/**
 * @typedef {Object} Grouped  what a group has its stage do
 * @property {(place: Place, ended: boolean, slow: Led|null) => void} follow  another shows this, as far as it has
 *   come in slow motion, or has come to its end
 * @property {() => void} fit  another stage is there, or is of another size
 * @property {(what: string, on: boolean) => void} obey  a tool was used on another
 */

const EVENT = "convviz-group"; // by which one tells the others
const CONTAINER = ".convviz-comparison";

export class Group {
  /**
   * @param {() => string} name "" for none @param {HTMLElement} root @param {Grouped} stage
   * @param {AbortSignal} signal
   */
  constructor(name, root, stage, signal) {
    this.name = name;
    this.root = root;
    this.stage = stage;
    /** @type {Member} */
    this.own = { steps: 0, terms: 0, sizes: [] };
    /** @type {Map<HTMLElement, Member>} */
    this.others = new Map();
    document.addEventListener(EVENT, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      if (detail.root !== root && detail.group && detail.group === name()) this.#hear(detail);
    }, { signal });
    signal.addEventListener("abort", () => this.#tell({ leaves: true }));
  }

  /** @param {any} detail */
  #hear({ root, member, asks, leaves, place, ended, slow, tool, on }) {
    if (leaves) this.others.delete(root);
    if (member) this.others.set(root, member);
    if (asks) this.#tell({ member: this.own });
    if (member || leaves) this.stage.fit();
    if (place) this.stage.follow(place, ended, slow);
    if (tool) this.stage.obey(tool, on);
  }

  /** @param {object} detail */
  #tell(detail) {
    const group = this.name();
    if (group) document.dispatchEvent(new CustomEvent(EVENT, { detail: { root: this.root, group, ...detail } }));
  }

  /** Tell the others what this one shows. @param {() => Place} place @param {boolean} ended @param {() => Led|null} slow */
  lead(place, ended, slow) {
    if (this.name()) this.#tell({ place: place(), ended, slow: slow() });
  }

  /** Have the others use a tool as well. @param {string} tool @param {boolean} on */
  use(tool, on) {
    this.#tell({ tool, on });
  }

  /** There is another scene. @param {number} steps @param {number} terms */
  announce(steps, terms) {
    const asks = this.own.steps === 0;
    this.own = { ...this.own, steps, terms };
    this.#tell({ member: this.own, asks });
  }

  /**
   * The sizes that the stages of a comparison lay out in common: of each tensor the largest.
   * @param {TensorSize[]} sizes this stage's @returns {TensorSize[]}
   */
  share(sizes) {
    if (!this.container) return sizes;
    if (JSON.stringify(sizes) !== JSON.stringify(this.own.sizes)) {
      this.own = { ...this.own, sizes };
      this.#tell({ member: this.own });
    }
    const all = [...this.#members.values()].map((member) => member.sizes).filter((each) => each.length === sizes.length);
    return sizes.map((size, n) => /** @type {TensorSize} */ (Object.fromEntries(
      Object.entries(size).map(([key, value]) => [key, Math.max(value, ...all.map((each) => each[n][/** @type {keyof TensorSize} */ (key)]))]),
    )));
  }

  get #members() {
    return new Map([[this.root, this.own], ...[...this.others].filter(([root]) => root.isConnected)]);
  }

  /** The comparison that the stage is part of. @returns {HTMLElement|null} */
  get container() {
    return this.name() ? this.root.closest(CONTAINER) : null;
  }

  /** The comparison, where there are other stages in it. @returns {HTMLElement|null} */
  get together() {
    return this.count > 1 ? this.container : null;
  }

  get count() {
    return this.#members.size;
  }

  /** Whether outputs are added of as many terms in all stages, so that they can come about together. */
  get addsAlike() {
    return [...this.#members.values()].every(({ terms }) => terms === this.own.terms);
  }

  /** Whether this stage's player and tools are everybody's. */
  get conducts() {
    const members = [...this.#members];
    const most = Math.max(...members.map(([, { steps }]) => steps));
    const [first] = members.filter(([, { steps }]) => steps === most).map(([root]) => root)
      .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    return first === this.root;
  }
}
