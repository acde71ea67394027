"""Weaves mutants into a file of Rust: each becomes one arm of a `match` over the body of its function, and the last arm, the
body as it was, notes which of them were reached. Knows nothing of cargo, tests or folders."""
import collections, json, re

TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|b?r(?P<h>\#+)".*?"(?P=h)|b?r"[^"]*"|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\(?:x..|u\{\w+\}|.)|[^'\\])'
    |'\w+|\w+|=>|->|&&|\|\||::|==|!=|<=|>=|[^\w\s]''', re.X | re.S)


class Source:
    def __init__(self, text):
        self.text = text
        found = [token for token in TOKEN.finditer(text) if not token[0].startswith(("//", "/*"))]
        self.tokens, self.starts = [token[0] for token in found], [token.start() for token in found]
        self.ends, self.mate, self.parent = [token.end() for token in found], {}, []
        stack = []
        for index, token in enumerate(self.tokens):
            if token in ")]}":
                self.mate[index] = stack.pop()
                self.mate[self.mate[index]] = index
            self.parent.append(stack[-1] if stack else -1)
            if token in "([{":
                stack.append(index)
        self.lines = [0] + [found.end() for found in re.finditer("\n", text)]

    def offset(self, place):
        return self.lines[place["line"] - 1] + place["column"] - 1

    def at(self, offset):
        """The first token that begins here or later."""
        return next(index for index, start in enumerate(self.starts) if start >= offset)

    def holds_statements(self, brace):
        """Whether this `{` opens a block, and neither the arms of a match nor the fields of a struct."""
        index = brace - 1
        if self.tokens[index] in ("=>", "|", "||", "else", "{", "}", ";", "=", "(", ",", "loop"):
            return True
        while index > self.parent[brace] and self.tokens[index] not in (";", "{", "}", "=>", ","):
            if self.tokens[index] in ("if", "while", "for", "fn"):
                return True
            if self.tokens[index] == "match":
                return False
            index = self.mate[index] - 1 if self.tokens[index] in ")]" else index - 1
        return False

    def begins(self, index):
        """Whether a token behind `}` can only begin a statement."""
        return re.match(r"\w|!", self.tokens[index]) and self.tokens[index] not in ("else", "as")

    def statement(self, index, body):
        """Where the innermost statement or arm begins that holds this token: (start, end of an arm without braces or None)."""
        passed = False
        while index > body + 1:
            index -= 1
            token, brace = self.tokens[index], self.parent[index]
            if token == "}" and self.tokens[brace] == "{" and self.begins(index + 1) and self.holds_statements(brace):
                return self.ends[index], None
            if token in ")]}":
                passed |= token == "}"
                index = self.mate[index]
            elif token in "([{":
                passed = False
                if token == "{" and self.holds_statements(index):
                    return self.ends[index], None
            elif token == ";" and self.tokens[brace] == "{":
                return self.ends[index], None
            elif token == ",":
                passed = True
            elif token == "=>" and not passed:
                return self.arm(index)
        return self.ends[body], None

    def arm(self, arrow):
        if self.tokens[arrow + 1] == "{":
            return self.ends[arrow + 1], None
        index = arrow + 1
        while self.tokens[index] not in (",", "}"):
            index = self.mate[index] + 1 if self.tokens[index] in "([{" else index + 1
        return self.starts[arrow + 1], self.ends[index - 1]


def weave_file(text, mutants, coarse):
    """The file with every mutant in it; `coarse` names the functions where only the whole body is noted as reached."""
    source = Source(text)
    functions = collections.defaultdict(list)
    for mutant in mutants:
        functions[json.dumps(mutant["function"]["span"])].append(mutant)
    edits = []  # (offset, order, text, end)
    for span, own in functions.items():
        span = json.loads(span)
        close = source.at(source.offset(span["end"]) - 1)
        body = source.mate[close]
        weave_function(source, edits, source.offset(span["start"]), body, close, own, coarse)
    woven = text
    for start, _, new, end in sorted(edits, reverse=True):
        woven = woven[:start] + new + woven[end:]
    return woven


def weave_function(source, edits, first, body, close, own, coarse):
    text, start, end = source.text, source.ends[body], source.starts[close]
    head = text[first:source.starts[body]]
    opaque = re.search(r"-> (impl [^{]*?)\s*$", head)
    wrap = "Box::new({%s})" if opaque else "{%s}"
    if opaque:
        where = first + opaque.start(1)
        edits.append((where, 0, f"Box<dyn {opaque[1][5:]} + '_>", where + len(opaque[1])))
    arms, probes = "", collections.defaultdict(list)
    for mutant in own:
        number = mutant["number"]
        at, to = source.offset(mutant["span"]["start"]), source.offset(mutant["span"]["end"])
        changed = text[start:at] + mutant["replacement"] + text[to:end]
        arms += f"\n/*mutant {number}*/ {number} => " + wrap % (changed + "\n") + ","
        probes[(start, None) if name_of(mutant) in coarse else probe(source, mutant, body, at, to)].append(number)
    base = f"\n/*base {own[0]['number']}*/ _ => " + wrap.split("%s")[0]
    edits.append((start, 0, "match crate::mutant::active() {" + arms + base, start))
    edits.append((end, 0, wrap.split("%s")[1] + "}", end))
    for (at, to), numbers in probes.items():
        note = f"crate::mutant::hit(&{numbers});"
        edits.append((at, 1, note if to is None else "{" + note, at))
        if to is not None:
            edits.append((to, -1, "}", to))


def probe(source, mutant, body, at, to):
    """Where to note that this mutant was reached."""
    if mutant["genre"] == "FnValue":
        return source.ends[body], None
    if mutant["genre"] == "MatchArmGuard":
        return at, to
    if mutant["genre"] == "MatchArm":
        first = source.at(at)
        arrow = next(i for i in range(first, len(source.tokens))
                     if source.tokens[i] == "=>" and source.parent[i] == source.parent[first])
        return source.arm(arrow)
    return source.statement(source.at(at), body)


def name_of(mutant):
    return mutant["file"] + " " + json.dumps(mutant["function"]["span"])
