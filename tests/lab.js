// Runs in the page before anything else of it: the notebook that is open, in Jupyter's own terms.
const LOST = 'Error displaying widget: model not found';

window.lab = {
  get panel() { return window.jupyterapp?.shell.currentWidget; },
  get cells() { return this.panel.content.model.sharedModel.cells; },
  ready() {
    const context = this.panel?.context;
    return Boolean(context?.isReady && this.panel.content?.model
      && context.sessionContext.isReady
      && context.sessionContext.session?.kernel?.status === 'idle');
  },
  run(command) {
    this.running = true;
    this.failure = null;
    window.jupyterapp.commands.execute(command)
      .catch((error) => { this.failure = String(error); })
      .finally(() => { this.running = false; });
  },
  append(source) {
    const { content } = this.panel;
    content.model.sharedModel.addCell({ cell_type: 'code', source });
    content.deselectAll();
    content.activeCellIndex = content.widgets.length - 1;
  },
  replaceCells(sources) {
    const { content } = this.panel;
    const { sharedModel } = content.model;
    const cells = sources.map((source) => ({ cell_type: 'code', source }));
    sharedModel.transact(() => {
      sharedModel.deleteCellRange(0, sharedModel.cells.length);
      sharedModel.insertCells(0, cells);
    });
    content.deselectAll();
    content.activeCellIndex = 0;
  },
  visit(path) {
    return window.jupyterapp.commands.execute('docmanager:open', { path });
  },
  async leave() {
    const { panel } = this;
    await panel.context.sessionContext.shutdown();
    panel.context.model.dirty = false;
    panel.close();
  },
  execute(code) {
    const { kernel } = this.panel.context.sessionContext.session;
    return kernel.requestExecute({ code, silent: true }).done.then(() => undefined);
  },
  // Widgets that ipywidgets has given up on, by their cells.
  get lost() {
    const cells = this.panel?.content?.widgets ?? [];
    return cells.filter((cell) => cell.node.textContent.includes(LOST));
  },
  drawLostAgain() {
    for (const { model: { sharedModel } } of this.lost)
      sharedModel.setOutputs(sharedModel.getOutputs());
  },
  outputs(index) {
    const cell = this.cells.at(index);
    return cell?.cell_type === 'code' ? cell.getOutputs() : [];
  },
};
