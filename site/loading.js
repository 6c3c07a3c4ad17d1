// What a reader of the site is told while Python starts in the page, and how to begin.

const line = document.createElement("p");
line.setAttribute("role", "status");
line.style.cssText = "position: fixed; bottom: 28px; left: 50%; transform: translateX(-50%); z-index: 9999;"
  + "margin: 0; padding: 10px 16px; border-radius: 6px; background: #1b1f24; color: #fff; font: 14px sans-serif";
line.textContent = "Loading the notebooks …";
document.body.append(line);

const STARTING = "Python is starting in your browser; the first visit loads about 30 MB. Until then the pictures are stills.";
const READY = "Python is ready. ";

/** The notebook that is open, and whether its Python answers. */
function state() {
  const context = window.jupyterapp?.shell?.currentWidget?.context;
  const status = context?.sessionContext?.session?.kernel?.status;
  return context ? (status === "idle" ? "ready" : "starting") : "loading";
}

/** Run the notebook, and stay where the reader is: JupyterLab goes to the last cell. */
function runAll() {
  const { content } = window.jupyterapp.shell.currentWidget;
  const { activeCellIndex } = content;
  void window.jupyterapp.commands.execute("notebook:run-all-cells");
  content.activeCellIndex = activeCellIndex;
  setTimeout(() => content.scrollToItem(activeCellIndex, "start"), 100); // after JupyterLab has begun to scroll
}

function follow() {
  const now = state();
  if (now === "starting") line.textContent = STARTING;
  if (now !== "ready") return setTimeout(follow, 300);
  const button = document.createElement("button");
  button.textContent = "Run all cells";
  button.style.cssText = "min-height: 32px; padding: 4px 12px; font: inherit; cursor: pointer";
  button.onclick = () => {
    line.remove();
    runAll();
  };
  const close = document.createElement("button");
  close.textContent = "×";
  close.setAttribute("aria-label", "Close");
  close.style.cssText = button.style.cssText + "; margin-left: 8px";
  close.onclick = () => line.remove();
  line.replaceChildren(READY, button, close);
}

follow();
