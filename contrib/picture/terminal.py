#!/usr/bin/env python3
"""Draws docs/client.svg: the real client in a terminal, with keys from this script.

    cargo build --release && contrib/picture/terminal.py

It serves a throw-away catalogue on a free port, runs the prompt and the search
screen in tmux, and converts the contents of tmux with their colours to a picture.
The movies are in films.csv in the same folder. It needs tmux and Python.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.dirname(os.path.dirname(HERE))
COLUMNS, LINES = 76, 18
TIMEOUT_SECONDS = 20
# The terminal colours that the client uses, for a light background.
COLOURS = {"31": "#c0392b", "32": "#1e7d34", "33": "#8a6100", "34": "#1f5fbf", "35": "#8e3fa0", "36": "#0b7285"}
GROUND, INK, DIM, BORDER = "#fbfaf7", "#24292f", "#7d8590", "#d0d7de"
CELL_WIDTH, LINE_HEIGHT, FONT_SIZE, MARGIN, TITLE = 8.4, 19, 14, 18, 34


class Terminal:
    """A window of tmux with a server of its own, so that no personal settings apply."""

    def __init__(self, folder, environment):
        self.socket = os.path.join(folder, "tmux")
        self.environment = environment
        self.run("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES),
                 "env PS1='$ ' sh")

    def run(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], env=self.environment,
                              check=True, capture_output=True, text=True).stdout

    def type(self, text, then="Enter"):
        self.run("send-keys", "-l", text)
        if then:
            self.run("send-keys", then)

    def shown(self):
        return self.run("capture-pane", "-p", "-e")

    def wait_for(self, words):
        """The screen, when it shows these words and has stopped changing."""
        until = time.monotonic() + TIMEOUT_SECONDS
        before = None
        while time.monotonic() < until:
            screen = self.shown()
            if words in re.sub(r"\x1b\[[0-9;]*m", "", screen) and screen == before:
                return screen
            before = screen
            time.sleep(0.3)
        sys.exit(f"timeout: no {words!r}:\n{screen}")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False)


def spans(line):
    """Splits a line into pieces of text with their styles."""
    styles = set()
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        found = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if not found:
            if piece:
                yield piece, frozenset(styles)
            continue
        for code in found[1].split(";"):
            if code in ("", "0"):
                styles.clear()
            elif code == "39":
                styles -= COLOURS.keys()
            elif code == "22":
                styles -= {"1", "2"}
            elif code == "27":
                styles.discard("7")
            else:
                styles.add(code)


def drawn(line, top):
    column, parts = 0, []
    for text, styles in spans(line):
        left = MARGIN + column * CELL_WIDTH
        column += len(text)
        colour = next((COLOURS[code] for code in styles if code in COLOURS), DIM if "2" in styles else INK)
        if "7" in styles:
            parts.append(f'<rect x="{left:.1f}" y="{top - 14:.1f}" width="{len(text) * CELL_WIDTH:.1f}" '
                         f'height="{LINE_HEIGHT}" fill="{colour}"/>')
            colour = GROUND
        if text.strip():
            weight = ' font-weight="bold"' if "1" in styles else ""
            parts.append(f'<text x="{left:.1f}" y="{top:.1f}" fill="{colour}"{weight} '
                         f'textLength="{len(text) * CELL_WIDTH:.1f}">{html.escape(text)}</text>')
    return "".join(parts)


def window(screen, title, top):
    """A window with its title, and its height."""
    lines = screen.rstrip("\n").split("\n")
    width = COLUMNS * CELL_WIDTH + 2 * MARGIN
    height = TITLE + len(lines) * LINE_HEIGHT + MARGIN
    buttons = "".join(f'<circle cx="{MARGIN + 16 * number}" cy="{top + 17}" r="5" fill="{BORDER}"/>' for number in range(3))
    parts = [f'<rect x="0.5" y="{top + 0.5}" width="{width - 1}" height="{height - 1}" rx="8" fill="{GROUND}" stroke="{BORDER}"/>',
             buttons, f'<text x="{width / 2}" y="{top + 22}" fill="{DIM}" text-anchor="middle">{html.escape(title)}</text>']
    parts += [drawn(line, top + TITLE + 16 + number * LINE_HEIGHT) for number, line in enumerate(lines)]
    return "\n".join(part for part in parts if part), height


def picture(windows):
    top, parts = 0, []
    for screen, title in windows:
        part, height = window(screen, title, top)
        parts.append(part)
        top += height + 14
    width, height = COLUMNS * CELL_WIDTH + 2 * MARGIN, top - 14
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img" xml:space="preserve" style="white-space: pre" font-size="{FONT_SIZE}" '
            'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace">\n'
            "<title>catalogue client: commands at the prompt, and search as you type</title>\n"
            + "\n".join(parts) + "\n</svg>\n")


def record(program, folder):
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("CATALOGUE_")}
    quiet = {name: value for name, value in quiet.items() if name not in ("NO_COLOR", "RUST_LOG", "TMUX")}
    quiet.update(HOME=folder, XDG_STATE_HOME=folder, LC_ALL="C.UTF-8", PATH=os.path.dirname(program) + ":" + os.environ["PATH"])
    run = lambda *words, **more: subprocess.run([program, *words], cwd=folder, env=quiet, check=True, **more)
    run("init", stdout=subprocess.DEVNULL)
    run("adduser", "admin", input=b"mdp\n", stdout=subprocess.DEVNULL)
    run("import", os.path.join(HERE, "films.csv"), "--key", "name", stdout=subprocess.DEVNULL)
    server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0"], cwd=folder, env=quiet,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    terminal = None
    try:
        address = re.search(r" on (\S+), ", server.stdout.readline())[1]
        environment = dict(quiet, TERM="xterm-256color", CATALOGUE_CONNECT=address, CATALOGUE_PASSWORD="mdp")
        terminal = Terminal(folder, environment)
        terminal.wait_for("$")
        terminal.type("clear; catalogue client --user admin")
        terminal.wait_for("->")
        for command, answer in [("SEND 1", "2 h 55 min"), ("FIND godfahter", "Part II"),
                                ("FIND ali YEAR 1970-1989 LIMIT 3", "Aliens"), ("SEND solaris", "no such movie"),
                                ("COUNT", "\n2")]:
            terminal.type(command)
            terminal.wait_for(answer)
        prompt = terminal.wait_for("->")
        terminal.type("END")
        terminal.wait_for("OK")
        terminal.type("clear; catalogue client --user admin --search")
        terminal.wait_for("find:")
        terminal.type("the ", then=None)
        terminal.run("send-keys", "Down")
        search = terminal.wait_for("The Godfather")
        return [(prompt, "catalogue client"), (search, "catalogue client --search")]
    finally:
        if terminal:
            terminal.close()
        server.terminate()
        server.wait()


if __name__ == "__main__":
    built = sys.argv[1] if len(sys.argv) > 1 else os.path.join(SOURCES, "target/release/catalogue")
    with tempfile.TemporaryDirectory() as place:
        windows = record(os.path.abspath(built), place)
    with open(os.path.join(SOURCES, "docs/client.svg"), "w", encoding="utf-8") as file:
        file.write(picture(windows))
