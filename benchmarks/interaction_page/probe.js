/**
 * The page's clock for interaction.py. Every time is in milliseconds; an event's own `timeStamp`
 * starts it, so that what waits in the browser's queue counts. The tests' probe is there already.
 */
Object.assign(window.probe, {
  /** The moment after the next frame is painted. */
  painted() {
    return new Promise((resolve) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel(); // its message comes right after the frame
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(null);
    }));
  },

  /** Arm before a key is pressed: from the key to the first change under `root`, and to its paint. */
  watch(root) {
    this.answer = new Promise((resolve) => {
      let start = 0;
      const key = (event) => { start = event.timeStamp; };
      addEventListener("keydown", key, { capture: true, once: true });
      const observer = new MutationObserver(async (records) => {
        const images = records.flatMap(({ addedNodes }) => [...addedNodes])
          .flatMap((node) => [...(node.querySelectorAll?.("img") ?? [])]);
        if (!start || (root.matches(".jp-OutputArea") && !images.length)) return;
        observer.disconnect();
        const changed = performance.now() - start;
        await Promise.all(images.map((image) => image.decode()));
        resolve({ changed, painted: (await this.painted()) - start });
      });
      observer.observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
    });
  },

  /**
   * Move the pointer over `cells` of `root`, one after the other: how long its listeners take, how
   * long with the style and layout that follow, and how many cells they dress anew.
   */
  point(root, cells) {
    const changes = new MutationObserver(() => {});
    changes.observe(root, { subtree: true, attributeFilter: ["class"], attributeOldValue: true });
    return cells.map((cell) => {
      const box = cell.getBoundingClientRect(); // also settles what came before
      changes.takeRecords();
      const start = performance.now();
      cell.dispatchEvent(new PointerEvent("pointermove", {
        bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2,
      }));
      const script = performance.now() - start;
      root.getBoundingClientRect(); // makes the browser work out style and layout
      const settled = performance.now() - start;
      const before = new Map(changes.takeRecords().reverse().map((record) => [record.target, record.oldValue]));
      const dressed = [...before].filter(([node, classes]) => node.className !== classes).length;
      return { script, settled, dressed };
    });
  },

  /** The least that lighting can cost: a page of plain cells, `dressed` of them changed by each move. */
  plainPage(count, dressed) {
    const host = document.createElement("div");
    host.style.cssText = "position: fixed; inset: 0; z-index: 9; background: white";
    host.innerHTML = "<style>.plain i { background: #eee } .plain .on { background: gold }</style>"
      + '<div class="plain" style="display: grid; grid-template-columns: repeat(110, 10px); font-size: 6px">'
      + "<i>5</i>".repeat(count) + "</div>";
    document.body.append(host);
    const cells = [...host.querySelectorAll("i")];
    let lit = [];
    host.addEventListener("pointermove", ({ target }) => {
      for (const cell of lit) cell.className = "";
      const first = cells.indexOf(target);
      lit = cells.slice(first, first + Math.round(dressed / 2));
      for (const cell of lit) cell.className = "on";
    });
    return { host, cells };
  },

  /** The frames of the next `milliseconds`: the time from each to the next. */
  frames(milliseconds) {
    return new Promise((resolve) => {
      const times = [];
      const frame = (now) => {
        times.push(now);
        if (now - times[0] < milliseconds) requestAnimationFrame(frame);
        else resolve(times.slice(1).map((time, n) => time - times[n]));
      };
      requestAnimationFrame(frame);
    });
  },
});
