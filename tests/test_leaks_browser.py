"""Many explorers on one page, scrolled out and in, closed and reopened: nothing piles up."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from lab import Lab
from memory import Memory
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

EXPLORER = """
import convviz as cv
from convviz.course import examples
cv.explore(examples.counting(), examples.powers_of_ten())
"""
COUNT = 12  # several times what is in sight
# A stage has some 400 nodes and 30 listeners, and JupyterLab nodes and listeners of its own that
# come and go; a leak would keep a stage's for each scrolling past and each closing.
MOST_NODES, MOST_LISTENERS = 200, 60
ROUNDS = 4
CLOSINGS = 3
# JupyterLab now and then keeps an output or two of a notebook that is closed; a stage that held on
# by itself would be kept with all the others, in every closing.
MOST_KEPT = 2 * CLOSINGS
CLEARING_SECONDS = 30  # for JupyterLab, which is not always done by then

SCROLL = """async () => {
  const outer = lab.panel.node.querySelector(".jp-WindowedPanel-outer");
  for (const end of [outer.scrollHeight, 0])
    for (let n = 1; n <= 10; n++) {
      outer.scrollTop += (end - outer.scrollTop) * n / 10;
      await new Promise(requestAnimationFrame);
    }
}"""

# Without being asked whether to save what has changed since.
CLOSE = "() => { lab.panel.context.model.dirty = false; lab.panel.close(); }"
OPEN = "void jupyterapp.commands.execute('docmanager:open', { path: 'test.ipynb' })"


def stages_after_a_while(memory: Memory, most: int) -> int:
    """How many stages are alive, once JupyterLab has cleared up after itself."""
    deadline = time.monotonic() + CLEARING_SECONDS
    while (count := memory.elements("convviz-stage")) > most and time.monotonic() < deadline:
        time.sleep(0.2)
    return count


def growths_by_scrolling(lab: Lab, memory: Memory) -> Iterator[tuple[int, int]]:
    """Yield by how many nodes and listeners the page grows in rounds of three scrollings.

    JupyterLab attaches some of its own late, in this round or that; a leak is in every round.
    """
    lab.page.evaluate(SCROLL)
    before = memory.kept()
    for _ in range(ROUNDS):
        for _ in range(3):
            lab.page.evaluate(SCROLL)
        after = memory.kept()
        yield after.nodes - before.nodes, after.listeners - before.listeners
        before = after


def test_scrolling_and_closing_pile_nothing_up(lab: Lab) -> None:
    lab.new([EXPLORER] * COUNT)
    lab.run_all()
    stages = lab.page.locator(".convviz-stage[data-steps]")
    expect(stages).to_have_count(COUNT)
    memory = Memory(lab.page)
    growths = list(growths_by_scrolling(lab, memory))
    least_nodes, least_listeners = (min(growth) for growth in zip(*growths, strict=True))
    assert least_nodes <= MOST_NODES, growths
    assert least_listeners <= MOST_LISTENERS, growths
    assert memory.elements("convviz-stage") == COUNT

    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    for _ in range(CLOSINGS):
        lab.page.evaluate(CLOSE)
        expect(stages).to_have_count(0)
        lab.page.evaluate(OPEN)
        lab.wait_until_restored(COUNT)  # the Jupyter kernel still has them
    assert stages_after_a_while(memory, COUNT) <= COUNT + MOST_KEPT
    assert lab.console_errors == []
