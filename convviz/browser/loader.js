// @ts-check
/**
 * What each widget brings to the browser itself: it finds the program and the style sheet that all widgets of
 * its kind share (widget/scripted.py), so that these are sent once and compiled once for a Jupyter kernel.
 */

/** @import { Model } from "./kernel.js" */
/** @typedef {{model: Model & Sharing, el: HTMLElement, signal: AbortSignal}} Context  anywidget's */
/** @typedef {{get: (name: string) => string}} SharedText */
/** @typedef {{widget_manager?: {get_model?: (id: string) => Promise<SharedText>}}} Sharing */
/** @typedef {{program: {render: (context: Context) => void}, sheet: string}} Shared */

const REFERENCE = "IPY_MODEL_"; // before a model's id, as ipywidgets writes it
const page = /** @type {{convvizPrograms?: Map<string, Promise<Shared>>}} */ (globalThis);
const programs = (page.convvizPrograms ??= new Map()); // by reference

/** @param {Context} context */
async function render(context) {
  const { model, el, signal } = context;
  const name = text(model, "program");
  const loading = programs.get(name) ?? load(model);
  programs.set(name, loading);
  loading.catch(() => programs.delete(name));
  const { program, sheet } = await loading;
  if (signal.aborted) return;
  dress(el, sheet);
  program.render(context);
}

/** @param {Context["model"]} model @returns {Promise<Shared>} */
async function load(model) {
  const [script, sheet] = await find(model).catch(() => ask(model));
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return { program: (await import(url)).default, sheet };
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The program and the style sheet, from their models. @param {Context["model"]} model */
function find(model) {
  return Promise.all(["program", "sheet"].map(async (name) => {
    const id = text(model, name).slice(REFERENCE.length);
    const shared = await model.widget_manager?.get_model?.(id);
    if (!shared) throw new Error("this host has no models by name");
    return shared.get("text");
  }));
}

/** The same, from the Jupyter kernel. @param {Context["model"]} model @returns {Promise<string[]>} */
function ask(model) {
  return new Promise((resolve) => {
    const hear = (/** @type {Record<string, string>} */ { program, sheet }) => {
      if (!program) return;
      model.off("msg:custom", hear);
      resolve([program, sheet]);
    };
    model.on("msg:custom", hear);
    model.send({ fetch: "program" });
  });
}

/** Have the style sheet where the element is, once: in the page, or in a shadow of its own. @param {HTMLElement} el @param {string} sheet */
function dress(el, sheet) {
  const root = el.getRootNode();
  for (const place of root instanceof ShadowRoot ? [root, document.head] : [document.head]) {
    if ([...place.querySelectorAll("style")].some(({ textContent }) => textContent === sheet)) continue;
    const style = document.createElement("style");
    style.textContent = sheet;
    place.append(style);
  }
}

/** @param {Context["model"]} model @param {string} name */
function text(model, name) {
  return String(model.get(/** @type {"code"} */ (name)));
}

export default { render };
