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


def stacks(found):
    """For each run one row, cut into its parts: thousands of instructions by name."""
    names = sorted({name for parts in found.values() for name in parts}, key=lambda name: -sum(p[name] for p in found.values()))
    most = max(sum(parts.values()) for parts in found.values())
    colours = ["#0b63ce", "#2f855a", "#b7791f", "#9b2c2c", "#6b46c1", "#2c7a7b", "#97266d", "#4a5568", "#dd6b20", "#718096"]
    rows = []
    for number, (run, parts) in enumerate(found.items()):
        y, x = TOP + number * 44, float(LEFT)
        rows.append(f'<text x="{LEFT - 10}" y="{y + 20}" text-anchor="end">{run}</text>')
        for place, name in enumerate(names):
            width = (WIDTH - LEFT - 10) * parts[name] / most
            rows.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="30" fill="{colours[place % len(colours)]}">'
                        f"<title>{name}: {parts[name] / 1e3:.0f} thousand</title></rect>")
            x += width
    top = TOP + len(found) * 44 + 16
    for place, name in enumerate(names):
        x, y = 20 + place % 4 * 185, top + place // 4 * 22
        rows.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colours[place % len(colours)]}"/>'
                    f'<text x="{x + 18}" y="{y}">{name}</text>')
    height = top + (len(names) + 3) // 4 * 22
    title = "Where the instructions of one warm get go"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">{STYLE}'
            f'<text x="{LEFT}" y="20">{title}</text>{"".join(rows)}</svg>\n')
