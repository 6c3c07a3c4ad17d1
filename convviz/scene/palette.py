"""Every colour that convviz shows, for the browser's style sheet and for matplotlib alike.

The hues of the weights and the groups were searched for: they stay as far apart as can be to normal
sight and to the three kinds of colour blindness, as the tests work out; contrast follows WCAG 2.1.
Nothing here knows what a colour stands for beyond its name.
"""

from __future__ import annotations

from collections.abc import Callable

READABLE = 4.5  # WCAG 2.1, success criterion 1.4.3: contrast of text
MOST_HUES = 5  # kernels up to 5×5 get a colour a weight; larger ones share `WINDOW_HUE`

_HUES = ("#cd6300", "#4a77b7", "#00895d", "#7a4176", "#814500")  # one a kernel row
_FADES = (0.0, 0.24, 0.45, 0.56, 0.68)  # towards white, one a kernel column
WINDOW_HUE = "#f0b429"
BLACK, WHITE = "#000000", "#ffffff"  # of grey values
HALO = WHITE  # around an outline over an image, which may have any colour
# Values of either sign, blue to red (ColorBrewer's RdBu) over a middle that is no page's colour.
NEGATIVE, MIDDLE, POSITIVE = "#2166ac", "#e6e6e6", "#b2182b"
EDGE = "#ffffff33"  # of an image: seen on a dark page, where black ones need it
SATURATED, VANISHED = "#e8720c", "#12a583"  # a pixel whose value int8 could not hold
_ON_IMAGES = {
    "halo": HALO,
    "edge": EDGE,
    "black": BLACK,
    "white": WHITE,
    "window": WINDOW_HUE,
    "negative": NEGATIVE,
    "middle": MIDDLE,
    "positive": POSITIVE,
    "saturated": SATURATED,
    "vanished": VANISHED,
}

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "page": "#ffffff",
        "ink": "#16181d",
        "quiet": "#596070",
        "cell": "#eef1f5",
        "line": "#c9d0da",
        "bar": "#dfe4ec",
        "done": "#e1edfb",
        "current": "#c4dcfa",
        "accent": "#1d5fd1",
        "pre": "#b84a00",
        "post": "#007a5a",
        "beyond": "#7a4fa3",
        "lit": "#ffe08a",
        "heat": "#f2a65a",
        "alert": "#a3180e",
        "alert-page": "#fdecea",
        "adds": "#b2182b",
        "takes": "#1f62a6",
        "right": "#1a7a3c",
    },
    "dark": {
        "page": "#111418",
        "ink": "#eceff4",
        "quiet": "#a3abb9",
        "cell": "#23282f",
        "line": "#454d59",
        "bar": "#39414c",
        "done": "#1a2a40",
        "current": "#25467a",
        "accent": "#6cb0ff",
        "pre": "#f2995a",
        "post": "#45c8a2",
        "beyond": "#c39be8",
        "lit": "#6b5200",
        "heat": "#8f4a12",
        "alert": "#ffb4ab",
        "alert-page": "#3b1613",
        "adds": "#f08a83",
        "takes": "#74b3f0",
        "right": "#6fd08c",
    },
}
# Curves, which are always drawn on white: what they tell, and what they warn of.
CHART_CURVE, CHART_WARNING = THEMES["light"]["accent"], THEMES["light"]["pre"]
# Bands of the groups, told apart by their place as well as by their colour.
GROUPS = ("#4053fe", "#c02500", "#0d7783", "#e20894", "#909633", "#3598e7", "#676951", "#aa8983")


def weight_colour(row: int, column: int) -> str:
    """The fill of the weight in this row and column of a kernel of at most 5×5."""
    return mix(_HUES[row], "#ffffff", _FADES[column])


def signed_colour(level: float) -> str:
    """The colour of a value of either sign: blue at −1, the middle at 0, red at 1."""
    return mix(MIDDLE, NEGATIVE if level < 0 else POSITIVE, min(1.0, abs(level)))


def ink_on(fill: str) -> str:
    """Black or white, whichever reads better on ``fill``."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, fill))


def word_colour(fill: str, theme: str) -> str:
    """``fill`` moved towards the theme's ink until it can be read as text on the theme's page."""
    page, ink = THEMES[theme]["page"], THEMES[theme]["ink"]
    amount = 0.0
    while contrast(mix(fill, ink, amount), page) < READABLE:
        amount += 0.05
    return mix(fill, ink, amount)


def weight_class(row: int, column: int, rows: int, columns: int) -> str:
    """The style-sheet class of a weight: its own colour, or the one colour of a large kernel.

    A kernel of one row, as a 1-D layer has, goes through the hues and not through one's fades.
    """
    if rows == 1:
        row, column = column, row
    return f"cv-w{row}{column}" if max(rows, columns) <= MOST_HUES else "cv-wx"


def style_sheet() -> str:
    """The custom properties that stage.css draws with, for both themes and every weight."""
    light, dark = (_properties(THEMES[name]) for name in ("light", "dark"))
    rules = [
        f".convviz {{ color-scheme: light; {light} {_properties(_ON_IMAGES)} }}",
        f'[data-jp-theme-light="false"] .convviz {{ color-scheme: dark; {dark} }}',
        f'.convviz[data-theme="dark"] {{ color-scheme: dark; {dark} }}',
        "@media (prefers-color-scheme: dark) { body:not([data-jp-theme-light]) "
        f'.convviz:not([data-theme="light"]) {{ color-scheme: dark; {dark} }} }}',
    ]
    for name, fill in _weight_fills().items():
        words = {theme: word_colour(fill, theme) for theme in THEMES}
        rules.append(
            f".convviz .{name} {{ --cv-fill: {fill}; --cv-fill-ink: {ink_on(fill)}; "
            f"--cv-word: light-dark({words['light']}, {words['dark']}); }}"
        )
    for group, colour in enumerate(GROUPS):
        ink = ink_on(colour)
        rules.append(f".convviz .cv-g{group} {{ --cv-band: {colour}; --cv-band-ink: {ink}; }}")
    return "\n".join(rules) + "\n"


def page_style_sheet() -> str:
    """The custom properties of a page around its stages, whose theme is its own colour scheme."""
    pairs = {
        name: f"light-dark({THEMES['light'][name]}, {dark})"
        for name, dark in THEMES["dark"].items()
    }
    return f":root {{ {_properties(pairs)} }}\n"


def _weight_fills() -> dict[str, str]:
    fills = {
        weight_class(row, column, MOST_HUES, MOST_HUES): weight_colour(row, column)
        for row in range(MOST_HUES)
        for column in range(MOST_HUES)
    }
    return {**fills, "cv-wx": WINDOW_HUE}


def _properties(theme: dict[str, str]) -> str:
    return " ".join(f"--cv-{name}: {colour};" for name, colour in theme.items())


def channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue of ``#rrggbb`` in 0 … 1, gamma-encoded as written."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def mix(first: str, second: str, amount: float) -> str:
    """``first`` moved towards ``second`` by ``amount`` in 0 … 1."""
    blended = (
        a + (b - a) * min(1.0, amount)
        for a, b in zip(channels(first), channels(second), strict=True)
    )
    return "#" + "".join(f"{round(255 * value):02x}" for value in blended)


def luminance(colour: str) -> float:
    """Relative luminance, 0 … 1 (WCAG 2.1)."""
    red, green, blue = _each(_linear, channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio, 1 … 21 (WCAG 2.1)."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _each(function: Callable[[float], float], values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(function(value) for value in values)
