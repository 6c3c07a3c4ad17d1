"""A widget on a page without Jupyter: what it sends goes to the widget itself, in this process.

The page runs the widget's own module, with a model that answers like anywidget's. So what a reader
does can be tried against a real layer, in a second and not in ten.
"""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Locator, Page

from convviz.browser import bundle
from convviz.widget.stage import Stage

MODEL = """
const packed = (value) => value !== null && typeof value === "object" && "base64" in value
  ? new DataView(Uint8Array.from(atob(value.base64), (each) => each.charCodeAt(0)).buffer) : value;
window.live = {
  state: {}, listeners: {}, sent: [],
  tell({ state, messages }) {
    const isNew = (name) => JSON.stringify(state[name]) !== live.raw?.[name];
    const names = Object.keys(state).filter(isNew);
    live.raw = { ...live.raw };
    for (const name of names) {
      live.raw[name] = JSON.stringify(state[name]);
      live.state[name] = packed(state[name]);
    }
    for (const name of names) live.call(`change:${name}`);
    for (const { content, buffers } of messages)
      live.call("msg:custom", content, buffers.map(packed));
  },
  call(event, ...given) {
    for (const each of live.listeners[event] ?? []) each(...given);
  },
};
const model = {
  get: (name) => live.state[name],
  on: (event, listener) => (live.listeners[event] ??= []).push(listener),
  off: () => {},
  send: async (message) => {
    live.sent.push(message);
    const told = await ask(message);
    if (told) live.tell(told);
  },
};
window.start = (told) => {
  live.tell(told);
  render({ model, el: document.body, signal: new AbortController().signal });
};
"""


class LivePage:
    """A page that shows one stage.

    Attributes
    ----------
    answers : bool
        Whether the stage answers; where not, it is as if its Jupyter kernel were gone.
    """

    def __init__(self, page: Page, stage: Stage) -> None:
        self.page, self.stage, self.answers = page, stage, True
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.expose_function("ask", self._answer)
        script = f"{bundle.script('notebook')}{MODEL}"
        style = f"<style>{bundle.style_sheet()} body {{ margin: 0 }}</style>"
        page.set_content(f"<html>{style}<body></body><script type=module>{script}</script></html>")
        page.wait_for_function("window.start !== undefined")
        page.evaluate("told => start(told)", self._told([]))

    def tell(self) -> None:
        """Let the page know what has changed in Python."""
        self.page.evaluate("told => live.tell(told)", self._told([]))

    def sent(self) -> list[dict[str, Any]]:
        """What a reader has set, without pings."""
        return self.page.evaluate("live.sent.filter((message) => 'request' in message)")

    @property
    def root(self) -> Locator:
        """The stage's element."""
        return self.page.locator(".convviz").first

    def _answer(self, message: dict[str, Any]) -> dict[str, Any] | None:
        if not self.answers:
            return None
        messages: list[object] = []
        send, self.stage.send = (
            self.stage.send,
            lambda content, buffers=(): messages.append(
                {"content": content, "buffers": [_packed(each) for each in buffers]}
            ),
        )
        try:
            self.stage._handle_custom_msg(message, [])
        finally:
            self.stage.send = send
        return self._told(messages)

    def _told(self, messages: list[object]) -> dict[str, Any]:
        names = Stage.class_own_traits(sync=True)
        state = {name: getattr(self.stage, name) for name in names}
        packed = {
            name: _packed(value) if isinstance(value, bytes) else value
            for name, value in state.items()
        }
        return {"state": packed, "messages": messages}


def _packed(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}
