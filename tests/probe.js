// Runs in the page before anything else of it: what the stages on the page show, as plain data.
// A cell is named by its data-attributes, "input/0/-1/2", with the depth where it has one.
window.probe = {
  name(cell) {
    const { panel, channel, depth, row, col } = cell.dataset;
    return [panel, channel, depth, row, col].filter((part) => part !== undefined).join('/');
  },
  names(stage, selector) {
    return [...stage.querySelectorAll('.cv-cell' + selector)].map(this.name);
  },
  texts(stage, selector) {
    return [...stage.querySelectorAll(selector)].map((node) => node.textContent);
  },
  // Which cells a frame surrounds, by where both stand on the screen.
  framed(frame) {
    const { left, right, top, bottom } = frame.getBoundingClientRect();
    return [...frame.parentElement.querySelectorAll('.cv-cell')].filter((cell) => {
      const { x, y, width, height } = cell.getBoundingClientRect();
      const [middle, centre] = [x + width / 2, y + height / 2];
      return left < middle && middle < right && top < centre && centre < bottom;
    }).map(this.name);
  },
  frames(stage, className) {
    return [...stage.querySelectorAll('.cv-frame.' + className)]
      .filter((frame) => !frame.hidden).map((frame) => this.framed(frame));
  },
  sum(stage) {
    return {
      values: this.texts(stage, '.cv-value').filter(Boolean),
      weights: this.texts(stage, '.cv-cell[data-panel="kernel"][data-kind="data"]'),
      name: stage.querySelector('.cv-sum-name').textContent,
      total: stage.querySelector('.cv-total').textContent,
    };
  },
  // What the stage shows; frames, which must be measured, where they are asked for.
  read(stage, frames = true) {
    const weight = (cell) => [...cell.classList].find((name) => name.startsWith('cv-w'));
    return {
      step: Number(stage.dataset.step),
      taps: [...stage.querySelectorAll('.cv-cell.is-tap[data-panel="input"]')]
        .map((cell) => [this.name(cell), cell.dataset.kind, weight(cell)]),
      current: this.names(stage, '.is-current'),
      done: this.names(stage, '.is-done').length,
      kernel: this.texts(stage, '.cv-cell[data-panel="kernel"][data-kind="data"]'),
      bias: this.texts(stage, '.cv-cell[data-panel="bias"]'),
      window: frames ? this.frames(stage, 'is-window') : null,
      next: frames ? this.frames(stage, 'is-next') : null,
      words: stage.querySelector('[aria-live]').textContent,
      sum: this.sum(stage),
    };
  },
  // What it shows at each of these steps, with the frames at every fifth.
  readSteps(stage, steps) {
    const slider = stage.querySelector('[aria-label="Step"]');
    return steps.map((step, n) => {
      slider.value = step;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      return this.read(stage, n % 5 === 0);
    });
  },
  // What is lit and said when the pointer stands on each of a tensor's cells.
  pointAtEach(stage, panel) {
    const cells = [...stage.querySelectorAll(`.cv-cell[data-panel="${panel}"]`)];
    return cells.filter((cell) => cell.dataset.kind !== 'gap').map((cell) => {
      for (const type of ['pointerover', 'pointermove'])
        cell.dispatchEvent(new PointerEvent(type, { bubbles: true }));
      return {
        at: this.name(cell),
        taps: this.names(stage, '.is-tap[data-panel="input"]'),
        lit: this.names(stage, '.is-lit'),
        pointed: this.names(stage, '.is-pointed'),
        ghosts: this.names(stage, '.is-ghost'),
        words: stage.querySelector('.cv-words').textContent,
        sum: this.sum(stage),
      };
    });
  },
  // Whether the n-th stage is in sight: JupyterLab moves cells while it measures them.
  scrollTo(n) {
    const stage = document.querySelectorAll('.convviz-stage')[n];
    const { top } = stage.getBoundingClientRect();
    stage.scrollIntoView();
    return top >= 0 && top < innerHeight;
  },
};
