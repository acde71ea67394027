"""A bar for each contender, on a logarithmic scale, as SVG that reads well on a light and on a dark page."""
import math

WIDTH, LEFT, ROW, TOP = 760, 230, 26, 34
STYLE = """<style>text{font:13px system-ui,sans-serif;fill:#57606a}.own{fill:#0b63ce}.other{fill:#9aa4ae}
@media(prefers-color-scheme:dark){text{fill:#adb5bd}.own{fill:#6ea8fe}.other{fill:#6c757d}}</style>"""


def bars(medians):
    """Milliseconds by name, the fastest above."""
    least, most = min(medians.values()) / 1.6, max(medians.values()) * 1.2
    length = lambda ms: (WIDTH - LEFT - 90) * math.log(ms / least) / math.log(most / least)
    rows = []
    for number, (name, ms) in enumerate(sorted(medians.items(), key=lambda item: item[1])):
        y, kind = TOP + number * ROW, "own" if name.startswith("ours") else "other"
        rows.append(f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{name}</text>'
                    f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length(ms):.1f}" height="18" rx="2"/>'
                    f'<text x="{LEFT + length(ms) + 8:.1f}" y="{y + 14}">{ms:.1f} ms</text>')
    height = TOP + len(rows) * ROW + 8
    title = "One warm get, from start to end; median, logarithmic"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">{STYLE}'
            f'<text x="{LEFT}" y="20">{title}</text>{"".join(rows)}</svg>\n')
